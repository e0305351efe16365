package handlers

// apiEvent is a change of a domain, or of what was observed of it.
type apiEvent struct {
	At     apiTime `json:"at"`
	Kind   string  `json:"kind" doc:"registered, active, lapsed, pending, verdict, record, mx, and others to come."`
	Detail string  `json:"detail"`
}

type apiEvents struct {
	From   apiDay     `json:"from"`
	To     apiDay     `json:"to"`
	Events []apiEvent `json:"events" doc:"Oldest first."`
}

func apiListEvents(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	r, err := s.daysOf(c)
	if err != nil {
		return reply{}, err
	}
	span := spanOf(r)
	events, err := s.Store.DomainEvents(c.Request().Context(), d, span.From.Time(), (span.To + 1).Time())
	page := apiEvents{From: dayOf(span.From), To: dayOf(span.To), Events: []apiEvent{}}
	for _, e := range events {
		page.Events = append(page.Events, apiEvent{At: timeOf(e.At), Kind: string(e.Kind), Detail: e.Detail})
	}
	return reply{body: page}, err
}
