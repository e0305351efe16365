package views

import "context"

// FieldAccount is the field in which a form carries the account that its page
// was shown in. One with files has it in its address, so that it is read before
// the files are.
const FieldAccount = "in_account"

type accountKey struct{}

// InAccount gives what components are rendered with for who has an account
// open: their forms that change something in it carry its id.
func InAccount(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, accountKey{}, id)
}

func accountOf(ctx context.Context) string {
	id, _ := ctx.Value(accountKey{}).(string)
	return id
}

// actingFor is the address of a form with files.
func actingFor(ctx context.Context, path string) string {
	return withQuery(path, FieldAccount, accountOf(ctx))
}
