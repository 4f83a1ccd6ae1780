package dynamodb

// issueKind is a kind of mistake in an expression, in the order in which
// DynamoDB looks for them.
type issueKind int

const (
	issueParentheses issueKind = iota
	issueUnknownFunction
	issueMisusedFunction
	issueReserved
	issueSection
	issueUndefined
	issueOverlap
	issueOperandCount
	issueDistinct
	issueOperandType
	issueLimit
	issueKinds
)

// issues are the first mistakes of each kind in an expression.
type issues [issueKinds]string

func (i *issues) note(kind issueKind, message string) {
	if i[kind] == "" {
		i[kind] = message
	}
}

// first is the mistake to speak of, or the empty string.
func (i *issues) first() string {
	for _, message := range i {
		if message != "" {
			return message
		}
	}
	return ""
}
