package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"
)

// The bounds of tags.
const (
	MaxTag       = 30  // characters of one
	MaxTags      = 20  // of one domain, and in the limit of one member
	mostTagNames = 200 // that pages offer to choose from
)

// ErrTag says that something is no tag, or that there are too many.
var ErrTag = errors.New("not a tag, or too many tags")

// DomainTag is a tag of a domain.
type DomainTag struct {
	DomainID  string `gorm:"primaryKey"`
	Tag       string `gorm:"primaryKey"`
	AccountID string
}

// TagCount is a tag with how many domains of an account carry it.
type TagCount struct {
	Tag     string
	Domains int64
}

// ParseTags reads tags as people type them, divided by commas or spaces, with
// or without a # before each. They are in lower case, sorted, each once.
// ErrTag when one is too long or has other characters than letters, digits and
// - _ . : or when they are more than MaxTags.
func ParseTags(text string) ([]string, error) {
	return CleanTags(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }))
}

// CleanTags is ParseTags for a list.
func CleanTags(list []string) ([]string, error) {
	tags := []string{}
	for _, typed := range list {
		tag := strings.ToLower(strings.TrimPrefix(typed, "#"))
		if !isTag(tag) {
			return nil, ErrTag
		}
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	tags = slices.Compact(tags)
	if len(tags) > MaxTags {
		return nil, ErrTag
	}
	return tags, nil
}

func isTag(tag string) bool {
	return tag != "" && utf8.ValidString(tag) && utf8.RuneCountInString(tag) <= MaxTag && !strings.ContainsFunc(tag, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:", r)
	})
}

// Tags lists the tags of an account's domains, sorted, with how many domains
// carry each.
func (s *Store) Tags(ctx context.Context, accountID string) ([]TagCount, error) {
	var tags []TagCount
	err := s.asking(ctx).each(ctx, "SELECT tag, COUNT(*) FROM domain_tags WHERE account_id = ? GROUP BY tag ORDER BY tag LIMIT ?", []any{accountID, mostTagNames}, func(scan func(...any) error) error {
		var t TagCount
		err := scan(&t.Tag, &t.Domains)
		tags = append(tags, t)
		return err
	})
	return tags, err
}

// TagsOf gives the tags of some domains of an account by the ids of the domains.
func (s *Store) TagsOf(ctx context.Context, accountID string, domainIDs []string) (map[string][]string, error) {
	return tagsOf(ctx, s.asking(ctx), accountID, domainIDs)
}

func tagsOf(ctx context.Context, on direct, accountID string, domainIDs []string) (map[string][]string, error) {
	tags := make(map[string][]string, len(domainIDs))
	if len(domainIDs) == 0 {
		return tags, nil
	}
	list, args := idsIn(domainIDs)
	err := on.each(ctx, "SELECT domain_id, tag FROM domain_tags WHERE account_id = ? AND domain_id IN "+list+" ORDER BY domain_id, tag", append([]any{accountID}, args...), func(scan func(...any) error) error {
		var id, tag string
		err := scan(&id, &tag)
		tags[id] = append(tags[id], tag)
		return err
	})
	return tags, err
}

// TagChange is what is done to the tags of domains: Set replaces them all
// unless it is nil; then Add and Remove are done to those that are there.
type TagChange struct {
	Set, Add, Remove []string
}

func (c TagChange) of(before []string) ([]string, error) {
	if c.Set != nil {
		return CleanTags(c.Set)
	}
	after := slices.DeleteFunc(slices.Concat(before, c.Add), func(tag string) bool { return slices.Contains(c.Remove, tag) })
	return CleanTags(after)
}

// TagDomains changes the tags of an account's domains with some names, all of
// them or none, and says how many have changed. ErrNotFound when a name is not
// the account's, ErrTag when one would have too many or what is no tag.
func (s *Store) TagDomains(ctx context.Context, accountID string, names []string, change TagChange) (changed int, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB, now time.Time) error {
		if err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		domains, err := domainsNamed(tx, accountID, names)
		if err != nil {
			return err
		}
		tags, err := tagsOf(ctx, s.watched(ctx, tx.Statement.ConnPool), accountID, idsOf(domains))
		if err != nil {
			return err
		}
		var news []AuditEvent
		for _, d := range domains {
			after, err := change.of(tags[d.ID])
			if err != nil {
				return err
			}
			if slices.Equal(after, tags[d.ID]) {
				continue
			}
			changed++
			if err := replaceTags(tx, d, after); err != nil {
				return err
			}
			news = append(news, AuditEvent{Object: d.Name, Before: tagFacts(tags[d.ID]).text(), After: tagFacts(after).text()})
		}
		return auditAll(tx, now, accountID, AuditDomainTagged, news)
	})
	return changed, outcome(err)
}

// domainsNamed finds the domains of an account with the given names, each of
// which must be there.
func domainsNamed(tx *gorm.DB, accountID string, names []string) ([]Domain, error) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	var domains []Domain
	err := tx.Where("account_id = ? AND name IN ?", accountID, names).Order("name").Find(&domains).Error
	if err == nil && len(domains) != len(names) {
		err = ErrNotFound
	}
	return domains, err
}

func idsOf(domains []Domain) []string {
	ids := make([]string, len(domains))
	for i, d := range domains {
		ids[i] = d.ID
	}
	return ids
}

func replaceTags(tx *gorm.DB, d Domain, after []string) error {
	if err := tx.Where("account_id = ? AND domain_id = ?", d.AccountID, d.ID).Delete(&DomainTag{}).Error; err != nil {
		return err
	}
	for _, tag := range after {
		if err := tx.Create(&DomainTag{DomainID: d.ID, Tag: tag, AccountID: d.AccountID}).Error; err != nil {
			return err
		}
	}
	return nil
}

func tagFacts(tags []string) Facts {
	if len(tags) == 0 {
		return nil
	}
	return Facts{"tags": strings.Join(tags, ", ")}
}
