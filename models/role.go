package models

// Role is what a member may do in an account.
type Role string

// The roles, from the one that may do everything downwards.
const (
	Owner    Role = "owner"
	Manager  Role = "manager"
	Member   Role = "member"
	ReadOnly Role = "read-only"
)

// Roles lists the roles, the one that may do everything first.
func Roles() []Role { return []Role{Owner, Manager, Member, ReadOnly} }

// Known reports whether r is one of the roles.
func (r Role) Known() bool { return r.rank() > 0 }

// Action is something that a person may do in an account, or may not.
type Action string

// The actions. Pages and API ask Role.May for these and for nothing else.
const (
	ToRead          Action = "read"           // every page of the account but those below
	ToReadAccount   Action = "read account"   // the pages about the account as a whole: mailbox, tokens
	ToJudge         Action = "judge"          // accept, replay and delete deliveries
	ToBring         Action = "bring"          // upload reports, about whatever domain they are
	ToBlock         Action = "block"          // reporters, for all domains
	ToCheck         Action = "check"          // start checks and self-tests
	ToShare         Action = "share"          // make and take back read-only links
	ToSeeSecrets    Action = "see secrets"    // the private report URL of a domain
	ToManageDomains Action = "manage domains" // add, change, tag and delete domains; forwards
	ToManageMailbox Action = "manage mailbox" // the mailbox that reports are taken from
	ToManageMembers Action = "manage members" // invite, change and remove everybody but owners
	ToManageTokens  Action = "manage tokens"  // tokens of the API
	ToSeeAudit      Action = "see audit"      // the audit log
	ToManageOwners  Action = "manage owners"  // make and unmake owners
	ToManageAccount Action = "manage account" // rename, demand two factors
	ToCloseAccount  Action = "close account"  // delete the account, and take that back
	ToMoveDomains   Action = "move domains"   // hand domains over to another account and take them in
)

// May says whether a role is enough for an action: the one place that decides
// who may do what. Roles and actions that are not known may nothing.
func (r Role) May(a Action) bool {
	least := a.least()
	return least.Known() && r.rank() >= least.rank()
}

func (a Action) least() Role {
	switch a {
	case ToRead, ToReadAccount:
		return ReadOnly
	case ToJudge, ToBring, ToBlock, ToCheck, ToShare, ToSeeSecrets:
		return Member
	case ToManageDomains, ToMoveDomains, ToManageMailbox, ToManageMembers, ToManageTokens, ToSeeAudit:
		return Manager
	case ToManageOwners, ToManageAccount, ToCloseAccount:
		return Owner
	default:
		return ""
	}
}

// ofOneDomain says that an action reaches no further than the domain, report or
// delivery that it is about, so that who sees a part of an account may do it there.
func (a Action) ofOneDomain() bool {
	return a == ToRead || a == ToJudge || a == ToCheck || a == ToShare || a == ToSeeSecrets
}

// byMaker says that a token does an action only while who made it may do so
// themselves: it lets people in or a domain out, so that somebody who was removed
// could come back by it.
func (a Action) byMaker() bool {
	return a == ToManageMembers || a == ToMoveDomains || a == ToManageAccount
}

// whileClosing says that an action is possible in an account that is being
// deleted: looking, and taking it back.
func (a Action) whileClosing() bool {
	return a == ToRead || a == ToReadAccount || a == ToSeeAudit || a == ToCloseAccount
}

// MayManage says whether a role may give somebody the role other, or take it
// from them: nobody makes a person more than they are themselves.
func (r Role) MayManage(other Role) bool {
	if other == Owner {
		return r.May(ToManageOwners)
	}
	return other.Known() && r.May(ToManageMembers)
}

func (r Role) rank() int {
	switch r {
	case Owner:
		return 4
	case Manager:
		return 3
	case Member:
		return 2
	case ReadOnly:
		return 1
	default:
		return 0
	}
}
