package dynamodb

import (
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

type timeToLive struct {
	AttributeName string
	Enabled       *bool
}

// describeTimeToLive prepares DescribeTimeToLive.
func (s *Service) describeTimeToLive(c *wire.Call) (action, error) {
	return s.describeSetting(c, func(t *table) any {
		out := map[string]string{"TimeToLiveStatus": "DISABLED"}
		if t.about.TTL != "" {
			out = map[string]string{"TimeToLiveStatus": "ENABLED", "AttributeName": t.about.TTL}
		}
		return map[string]any{"TimeToLiveDescription": out}
	})
}

func (s *Service) describeSetting(c *wire.Call, describe func(t *table) any) (action, error) {
	name, err := decodeTable(c)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.namedTable(tx, c, name)
		if err != nil {
			return nil, err
		}
		return describe(t), nil
	}, nil
}

// updateTimeToLive prepares UpdateTimeToLive. Unlike DynamoDB, which allows one
// change an hour, it takes any number of them.
func (s *Service) updateTimeToLive(c *wire.Call) (action, error) {
	var in struct {
		TableName               string
		TimeToLiveSpecification *timeToLive
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := checkTableName(in.TableName); err != nil {
		return nil, err
	}
	wanted := in.TimeToLiveSpecification
	if err := wanted.constrain(); err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.namedTable(tx, c, in.TableName)
		if err != nil {
			return nil, err
		}
		if err := t.setTimeToLive(wanted); err != nil {
			return nil, err
		}
		return map[string]any{"TimeToLiveSpecification": wanted}, t.save(tx)
	}, nil
}

func (w *timeToLive) constrain() error {
	var c constraints
	const at = "timeToLiveSpecification"
	c.notNull(w != nil, at)
	if w != nil {
		constrainKeyName(&c, w.AttributeName, at+".attributeName")
		c.notNull(w.Enabled != nil, at+".enabled")
	}
	return c.err()
}

func (t *table) setTimeToLive(wanted *timeToLive) error {
	switch has := t.about.TTL; {
	case has != "" && has != wanted.AttributeName:
		return invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", has)
	case has != "" && *wanted.Enabled:
		return invalid("TimeToLive is already enabled")
	case has == "" && !*wanted.Enabled:
		return invalid("TimeToLive is already disabled")
	}
	t.about.TTL = ""
	if *wanted.Enabled {
		t.about.TTL = wanted.AttributeName
	}
	t.watchAll()
	return nil
}

// maxRecoveryDays is how far back a table can be recovered, which is also the
// default ("UpdateContinuousBackups", RecoveryPeriodInDays).
const maxRecoveryDays = 35

type recovery struct {
	PointInTimeRecoveryEnabled *bool
	RecoveryPeriodInDays       *int
}

type recoveryDescription struct {
	PointInTimeRecoveryStatus  string
	RecoveryPeriodInDays       int    `json:",omitempty"`
	EarliestRestorableDateTime *epoch `json:",omitempty"`
	LatestRestorableDateTime   *epoch `json:",omitempty"`
}

func (t *table) describeBackups() any {
	d := recoveryDescription{PointInTimeRecoveryStatus: "DISABLED"}
	if t.about.RecoveryDays > 0 {
		since := epoch(t.about.RecoverySince)
		d = recoveryDescription{"ENABLED", t.about.RecoveryDays, &since, &since}
	}
	return map[string]any{"ContinuousBackupsDescription": map[string]any{
		"ContinuousBackupsStatus":        "ENABLED",
		"PointInTimeRecoveryDescription": d,
	}}
}

// describeContinuousBackups prepares DescribeContinuousBackups. Nothing can be
// restored: the endpoint keeps no history, only the setting.
func (s *Service) describeContinuousBackups(c *wire.Call) (action, error) {
	return s.describeSetting(c, (*table).describeBackups)
}

// updateContinuousBackups prepares UpdateContinuousBackups.
func (s *Service) updateContinuousBackups(c *wire.Call) (action, error) {
	var in struct {
		TableName                        string
		PointInTimeRecoverySpecification *recovery
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := checkTableName(in.TableName); err != nil {
		return nil, err
	}
	wanted := in.PointInTimeRecoverySpecification
	if err := wanted.constrain(); err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (any, error) {
		t, err := s.table(tx, c, in.TableName)
		if err != nil {
			return nil, refuse("TableNotFoundException", "Table not found: %s", plainName(in.TableName))
		}
		t.setRecovery(tx, wanted)
		return t.describeBackups(), t.save(tx)
	}, nil
}

func (w *recovery) constrain() error {
	var c constraints
	const at = "pointInTimeRecoverySpecification"
	c.notNull(w != nil, at)
	if w != nil {
		c.notNull(w.PointInTimeRecoveryEnabled != nil, at+".pointInTimeRecoveryEnabled")
		c.between(w.RecoveryPeriodInDays, at+".recoveryPeriodInDays", bounds{1, maxRecoveryDays})
	}
	return c.err()
}

func (t *table) setRecovery(tx *store.Tx, wanted *recovery) {
	if !*wanted.PointInTimeRecoveryEnabled {
		t.about.RecoveryDays = 0
		return
	}
	if t.about.RecoveryDays == 0 {
		t.about.RecoverySince = tx.Now()
	}
	t.about.RecoveryDays = maxRecoveryDays
	if wanted.RecoveryPeriodInDays != nil {
		t.about.RecoveryDays = *wanted.RecoveryPeriodInDays
	}
}
