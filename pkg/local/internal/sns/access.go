package sns

import (
	"github.com/statline/statline/pkg/local/internal/store"
	"github.com/statline/statline/pkg/local/internal/wire"
)

// authorize refuses a call that the policies do not allow: "Actions, resources, and
// condition keys for Amazon SNS" (Service Authorization Reference). It asks before it
// looks whether the topic is there. The calls about a subscription, and those that
// list, know no resource.
func (s *Service) authorize(r request) error {
	if r.May == nil {
		return nil
	}
	action, resource := r.Operation, "*"
	switch r.Operation {
	case "PublishBatch":
		action, resource = "Publish", r.get("TopicArn")
	case "Publish":
		if resource = r.get("TopicArn"); r.has("TargetArn") {
			resource = r.get("TargetArn")
		}
	case "CreateTopic":
		resource = "arn:aws:sns:" + r.Region + ":" + r.Account + ":" + r.get("Name")
	case "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "Subscribe", "ListSubscriptionsByTopic":
		resource = r.get("TopicArn")
	case "TagResource", "UntagResource", "ListTagsForResource":
		resource = r.get("ResourceArn")
	}
	all := []wire.Access{{Action: "sns:" + action, Resource: resource}}
	if r.Operation == "CreateTopic" && len(r.tags()) > 0 {
		all = append(all, wire.Access{Action: "sns:TagResource", Resource: resource})
	}
	if r.Operation == "Subscribe" {
		all[0].Keys = map[string][]string{"sns:endpoint": {r.get("Endpoint")}, "sns:protocol": {r.get("Protocol")}}
	}
	if err := s.db.Update(func(*store.Tx) error {
		for i := range all {
			if t := s.topics[all[i].Resource]; t != nil {
				all[i].Policy = t.describe()["Policy"]
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return r.Check(all...)
}
