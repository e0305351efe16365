package ledger

// RecentDays is how many days a Recent covers.
const RecentDays = 14

// Recent is the newest days of a domain: Days[0] is Last, Days[1] the day before.
type Recent struct {
	Last int32
	Days [RecentDays]DaySum // ByType is left out
}

// Recent sums the newest days that anything is known of.
func (l *Ledger) Recent() Recent {
	var last int32
	for i := range l.cells {
		last = max(last, l.cells[i].day)
	}
	r := Recent{Last: last}
	sum := l.Sum(last-RecentDays+1, last, nil)
	for i, day := range sum.Days {
		day.ByType = nil
		r.Days[RecentDays-1-i] = day
	}
	return r
}

// Bytes writes the days: 0 for one that is not known, else 1 with its sessions.
func (r Recent) Bytes() []byte {
	b := numbers(nil, uint64(r.Last))
	for _, d := range r.Days {
		if d.Known {
			b = numbers(b, 1, uint64(d.Successful), uint64(d.Failed))
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// ReadRecent reads what Bytes wrote. ErrPage when it did not.
func ReadRecent(data []byte) (Recent, error) {
	rd := reader{data: data}
	r := Recent{Last: int32(min(rd.number(), 1<<31-1))}
	for i := range r.Days {
		if rd.number() == 1 {
			r.Days[i] = DaySum{Known: true, Successful: rd.sessions(rd.number()), Failed: rd.sessions(rd.number())}
		}
	}
	if rd.bad || rd.at < len(data) {
		return Recent{}, ErrPage
	}
	return r, nil
}

// Sum adds up the days from one to another, both included, as far as r covers them.
func (r Recent) Sum(from, to int32) (successful, failed int64) {
	for day := from; day <= to; day++ {
		d := r.Day(day)
		successful += d.Successful
		failed += d.Failed
	}
	return successful, failed
}

// Day is one day; one that r does not cover is not known.
func (r Recent) Day(day int32) DaySum {
	if i := r.Last - day; i >= 0 && i < RecentDays {
		return r.Days[i]
	}
	return DaySum{}
}

// Problem is one kind of failure at one MX, for one reason.
type Problem struct {
	ResultType, MX      string
	Reason              string // the reporters' code, "" when they give none
	Sessions, Reporters int64
	First, Last         int32
}
