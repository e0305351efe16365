package jobs

import "context"

// noteApex makes the serial rise when what the zone holds beside the domains is
// no longer what the node before has served: other name servers, mail hosts or
// addresses in the configuration. A failure keeps nothing from being served;
// the next round tries again.
func (k *ZoneKeeper) noteApex(ctx context.Context) {
	if !k.Authority || k.noted {
		return
	}
	sum, err := k.Content.Sum()
	if err == nil {
		err = k.Store.NoteZoneApex(ctx, sum)
	}
	if err != nil {
		k.Log.Error("the serial could not be raised for what the configuration may have changed in the zone", "error", err)
		return
	}
	k.noted = true
}
