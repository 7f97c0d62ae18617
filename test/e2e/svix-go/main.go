// Every operation that the API offers, by the official Go client: main URL TOKEN.
// The token is of an organization that has nothing yet.
//
// The client refuses an answer that has no body where it expects one, a type that its models do not
// have, and a status, kind or capability that it does not know. The code compiles with every 1.x that
// the test names.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	svix "github.com/svix/svix-webhooks/go"
	"github.com/svix/svix-webhooks/go/models"
	"github.com/svix/svix-webhooks/go/utils"
)

const (
	paid = "invoice.paid"
	sent = "invoice.sent"
)

var (
	ctx       = context.Background()
	client    *svix.Svix
	serverURL *url.URL
)

func main() {
	serverURL = must(url.Parse(os.Args[1]))
	client = connect(os.Args[2])
	for _, name := range []string{paid, sent} {
		must(client.EventType.Create(ctx, models.EventTypeIn{Name: name}, nil))
	}
	receiver := startReceiver()
	defer receiver.server.Close()
	applications()
	endpoints()
	headersAndSecrets()
	eventTypes()
	refusals()
	messages(receiver)
	attempts(receiver)
	transformations(receiver)
	repair(receiver)
	environment()
	operationalWebhooks()
	portal()
	fmt.Printf("svix %s: ok\n", svix.Version)
}

func applications() {
	uid := "acme"
	created := must(client.Application.Create(ctx, models.ApplicationIn{
		Name: "Acme", Uid: &uid, Metadata: &map[string]string{"plan": "gold"}, RateLimit: ptr(uint16(50)),
	}, nil))
	equal(*created.RateLimit, 50)
	equal(must(client.Application.Get(ctx, uid)), created)
	equal(must(client.Application.GetOrCreate(ctx, models.ApplicationIn{Name: "Two", Uid: &uid}, nil)), created)
	replaced := must(client.Application.Update(ctx, uid, models.ApplicationIn{Name: "Ltd", Uid: &uid}))
	equal(replaced.Id, created.Id)
	equal(replaced.Metadata, map[string]string{})
	equal(replaced.RateLimit, nil)
	patched := must(client.Application.Patch(ctx, uid, models.ApplicationPatch{
		Metadata: &map[string]string{"a": "b"}, RateLimit: utils.NewNullable(uint16(7)),
	}))
	equal(patched.Name, "Ltd")
	equal(*patched.RateLimit, 7)
	cleared := must(client.Application.Patch(ctx, uid, models.ApplicationPatch{
		RateLimit: utils.NewNullableFromPtr[uint16](nil),
	}))
	equal(cleared.RateLimit, nil)
	options := &svix.ApplicationCreateOptions{IdempotencyKey: ptr("create")}
	once := must(client.Application.Create(ctx, models.ApplicationIn{Name: "Once"}, options))
	equal(must(client.Application.Create(ctx, models.ApplicationIn{Name: "Once"}, options)), once)
	for _, order := range []models.Ordering{models.ORDERING_ASCENDING, models.ORDERING_DESCENDING} {
		equal(len(walk(func(iterator *string) page {
			listed := must(client.Application.List(ctx, &svix.ApplicationListOptions{
				Limit: ptr(uint64(1)), Iterator: iterator, Order: &order,
			}))
			return page{ids(listed.Data, func(a models.ApplicationOut) string { return a.Id }),
				listed.Done, listed.Iterator, listed.PrevIterator}
		})), 2)
	}
	check(client.Application.Delete(ctx, uid))
	equal(refused(client.Application.Get(ctx, uid)).Status(), 404)
}

func endpoints() {
	app := newApp()
	created := must(client.Endpoint.Create(ctx, app, models.EndpointIn{
		Url: "https://example.com/hook", Uid: ptr("main"), Description: ptr("Main"),
		Channels: []string{"north"}, FilterTypes: []string{paid}, RateLimit: ptr(uint16(10)),
		Metadata: &map[string]string{"a": "b"}, Headers: &map[string]string{"X-Team": "red"},
	}, nil))
	equal(created.FilterTypes, []string{paid})
	equal(*created.RateLimit, 10)
	equal(must(client.Endpoint.Get(ctx, app, "main")), created)
	replaced := must(client.Endpoint.Update(ctx, app, "main", models.EndpointUpdate{
		Url: "https://example.com/2", Disabled: ptr(true),
	}))
	equal(replaced.Id, created.Id)
	equal(*replaced.Disabled, true)
	equal(len(replaced.Channels)+len(replaced.FilterTypes), 0)
	patched := must(client.Endpoint.Patch(ctx, app, "main", models.EndpointPatch{
		Disabled: ptr(false), FilterTypes: utils.NewNullable([]string{sent}),
		RateLimit: utils.NewNullable(uint16(3)),
	}))
	equal(patched.FilterTypes, []string{sent})
	equal(*patched.RateLimit, 3)
	cleared := must(client.Endpoint.Patch(ctx, app, "main", models.EndpointPatch{
		FilterTypes: utils.NewNullableFromPtr[[]string](nil), RateLimit: utils.NewNullableFromPtr[uint16](nil),
	}))
	equal(len(cleared.FilterTypes), 0)
	equal(cleared.RateLimit, nil)
	for range 4 {
		must(client.Endpoint.Create(ctx, app, models.EndpointIn{Url: "https://example.com/"}, nil))
	}
	equal(len(walk(func(iterator *string) page {
		listed := must(client.Endpoint.List(ctx, app, &svix.EndpointListOptions{
			Limit: ptr(uint64(2)), Iterator: iterator,
		}))
		return page{ids(listed.Data, func(e models.EndpointOut) string { return e.Id }),
			listed.Done, listed.Iterator, listed.PrevIterator}
	})), 5)
	check(client.Endpoint.Delete(ctx, app, "main"))
	equal(refused(client.Endpoint.Get(ctx, app, "main")).Status(), 404)
}

func headersAndSecrets() {
	app := newApp()
	key := "whsec_" + strings.Repeat("MDEy", 8)
	hook := must(client.Endpoint.Create(ctx, app, models.EndpointIn{
		Url: "https://example.com/", Secret: &key,
	}, nil)).Id
	check(client.Endpoint.UpdateHeaders(ctx, app, hook, models.EndpointHeadersIn{
		Headers: map[string]string{"X-Team": "blue", "X-Old": "1", "Authorization": "x"},
	}))
	check(client.Endpoint.PatchHeaders(ctx, app, hook, models.EndpointHeadersPatchIn{
		Headers: map[string]string{"X-New": "yes"}, DeleteHeaders: []string{"X-Old"},
	}))
	shown := must(client.Endpoint.GetHeaders(ctx, app, hook))
	equal(shown.Headers, map[string]string{"X-Team": "blue", "X-New": "yes"})
	equal(shown.Sensitive, []string{"Authorization"})
	equal(must(client.Endpoint.GetSecret(ctx, app, hook)).Key, key)
	next := "whsec_" + strings.Repeat("NDU2", 8)
	check(client.Endpoint.RotateSecret(ctx, app, hook, models.EndpointSecretRotateIn{Key: &next}, nil))
	equal(must(client.Endpoint.GetSecret(ctx, app, hook)).Key, next)
	check(client.Endpoint.RotateSecret(ctx, app, hook, models.EndpointSecretRotateIn{}, nil))
	made := must(client.Endpoint.GetSecret(ctx, app, hook)).Key
	equal(made == key || made == next, false)
}

func eventTypes() {
	name := "invoice.refunded"
	schemas := map[string]any{"1": map[string]any{"type": "object"}}
	created := must(client.EventType.Create(ctx, models.EventTypeIn{
		Name: name, Description: "Refunded", Schemas: &schemas, GroupName: ptr("invoices"),
	}, nil))
	equal(*created.Schemas, schemas)
	equal(must(client.EventType.Get(ctx, name)), created)
	replaced := must(client.EventType.Update(ctx, name, models.EventTypeUpdate{Description: "Late"}))
	equal(replaced.Description, "Late")
	equal(replaced.Schemas, nil)
	patched := must(client.EventType.Patch(ctx, name, models.EventTypePatch{Deprecated: ptr(true)}))
	equal(patched.Deprecated, true)
	check(client.EventType.Delete(ctx, name, nil))
	listed := func(archived bool) []string {
		return walk(func(iterator *string) page {
			listed := must(client.EventType.List(ctx, &svix.EventTypeListOptions{
				Limit: ptr(uint64(2)), Iterator: iterator, IncludeArchived: &archived, WithContent: ptr(true),
			}))
			return page{ids(listed.Data, func(e models.EventTypeOut) string { return e.Name }),
				listed.Done, listed.Iterator, listed.PrevIterator}
		})
	}
	equal(slices.Contains(listed(false), name), false)
	equal(slices.Contains(listed(true), name), true)
	check(client.EventType.Delete(ctx, name, &svix.EventTypeDeleteOptions{Expunge: ptr(true)}))
	equal(refused(client.EventType.Get(ctx, name)).Status(), 404)
	document := `{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "webhooks": {"order.made": {"post": {
		"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}}}}`
	imported := must(client.EventType.ImportOpenapi(ctx, models.EventTypeImportOpenApiIn{SpecRaw: &document}, nil))
	equal(imported.Data.Modified, []string{"order.made"})
}

func refusals() {
	conflict := refused(client.EventType.Create(ctx, models.EventTypeIn{Name: paid}, nil))
	equal(conflict.Status(), 409)
	var told struct{ Code, Detail string }
	check(json.Unmarshal(conflict.Body(), &told))
	equal(told.Code, "conflict")
	equal(refused(connect("nonsense").Application.List(ctx, nil)).Status(), 401)
	invalid := refused(client.Application.Create(ctx, models.ApplicationIn{}, nil))
	equal(invalid.Status(), 422)
	var fields struct{ Detail []struct{ Loc []string } }
	check(json.Unmarshal(invalid.Body(), &fields))
	equal(fields.Detail[0].Loc, []string{"body", "name"})
}

func messages(receiver *receiver) {
	app := newApp()
	hook := must(client.Endpoint.Create(ctx, app, models.EndpointIn{
		Url: receiver.url, FilterTypes: []string{paid},
	}, nil)).Id
	event := models.MessageIn{
		EventType: paid, EventId: ptr("one"), Channels: []string{"north"}, Tags: []string{"vip"},
		Payload: map[string]any{"n": 1.0},
	}
	options := &svix.MessageCreateOptions{IdempotencyKey: ptr("key"), WithContent: ptr(true)}
	first := must(client.Message.Create(ctx, app, event, options))
	equal(first.Payload, map[string]any{"n": 1.0})
	equal(must(client.Message.Create(ctx, app, event, options)), first)
	equal(refused(client.Message.Create(ctx, app, event, nil)).Status(), 409)
	equal(must(client.Message.Get(ctx, app, "one", &svix.MessageGetOptions{WithContent: ptr(true)})), first)
	second := must(client.Message.Create(ctx, app, models.MessageIn{EventType: sent, Payload: map[string]any{}}, nil))
	raw := svix.NewMessageInRaw(paid, "<paid/>", ptr("text/xml"))
	third := must(client.Message.Create(ctx, app, *raw, nil))

	until("the webhooks", func() bool { return len(receiver.got()) == 2 })
	webhook := must(svix.NewWebhook(must(client.Endpoint.GetSecret(ctx, app, hook)).Key))
	bodies := map[string]string{}
	for _, got := range receiver.got() {
		check(webhook.Verify(got.body, got.header))
		bodies[string(got.body)] = got.header.Get("content-type")
	}
	equal(bodies, map[string]string{`{"n":1}`: "application/json", "<paid/>": "text/xml"})

	listed := func(options svix.MessageListOptions) []string {
		return ids(must(client.Message.List(ctx, app, &options)).Data, func(m models.MessageOut) string { return m.Id })
	}
	every := []string{third.Id, second.Id, first.Id}
	equal(listed(svix.MessageListOptions{EventTypes: &[]string{paid}}), []string{third.Id, first.Id})
	equal(listed(svix.MessageListOptions{EventTypes: &[]string{paid, sent}}), every)
	equal(listed(svix.MessageListOptions{Channel: ptr("north")}), []string{first.Id})
	equal(listed(svix.MessageListOptions{Tag: ptr("vip")}), []string{first.Id})
	equal(listed(svix.MessageListOptions{Before: &first.Timestamp}), []string{})
	after := first.Timestamp.Add(-time.Second)
	equal(listed(svix.MessageListOptions{After: &after, WithContent: ptr(false)}), every)
	equal(walk(func(iterator *string) page {
		listed := must(client.Message.List(ctx, app, &svix.MessageListOptions{Limit: ptr(uint64(2)), Iterator: iterator}))
		return page{ids(listed.Data, func(m models.MessageOut) string { return m.Id }),
			listed.Done, listed.Iterator, listed.PrevIterator}
	}), every)
	check(client.Message.ExpungeContent(ctx, app, first.Id))
	task := must(client.Message.ExpungeAllContents(ctx, app, nil))
	finished(task.Id)
}

func attempts(receiver *receiver) {
	app := newApp()
	hook := must(client.Endpoint.Create(ctx, app, models.EndpointIn{Url: receiver.url}, nil)).Id
	receiver.answer(503)
	message := must(client.Message.Create(ctx, app, models.MessageIn{
		EventType: paid, Channels: []string{"north"}, Payload: map[string]any{},
	}, nil)).Id
	byMessage := func(options svix.MessageAttemptListByMsgOptions) []models.MessageAttemptOut {
		return must(client.MessageAttempt.ListByMsg(ctx, app, message, &options)).Data
	}
	made := func() []models.MessageAttemptOut {
		return byMessage(svix.MessageAttemptListByMsgOptions{WithContent: ptr(true)})
	}
	until("two attempts", func() bool { return len(made()) == 2 })
	equal([]int16{made()[0].ResponseStatusCode, made()[1].ResponseStatusCode}, []int16{200, 503})
	destinations := must(client.MessageAttempt.ListAttemptedDestinations(ctx, app, message, nil)).Data
	equal(len(destinations), 1)
	equal(destinations[0].Id, hook)
	equal(destinations[0].Status, models.MESSAGESTATUS_SUCCESS)
	must(client.MessageAttempt.Resend(ctx, app, message, hook, nil))
	until("a third attempt", func() bool { return len(made()) == 3 })
	third, second, first := made()[0], made()[1], made()[2]
	equal(third.TriggerType, models.MESSAGEATTEMPTTRIGGERTYPE_MANUAL)
	equal(third.Response, "ok")

	id := func(attempt models.MessageAttemptOut) string { return attempt.Id }
	every := []string{third.Id, second.Id, first.Id}
	succeeded, failed, class := models.MESSAGESTATUS_SUCCESS, models.MESSAGESTATUS_FAIL, models.STATUSCODECLASS_CODE5XX
	equal(ids(byMessage(svix.MessageAttemptListByMsgOptions{Status: &succeeded}), id), every[:2])
	equal(ids(byMessage(svix.MessageAttemptListByMsgOptions{Status: &failed}), id), every[2:])
	equal(ids(byMessage(svix.MessageAttemptListByMsgOptions{StatusCodeClass: &class}), id), every[2:])
	equal(ids(byMessage(svix.MessageAttemptListByMsgOptions{Channel: ptr("south")}), id), []string{})
	equal(ids(byMessage(svix.MessageAttemptListByMsgOptions{EventTypes: &[]string{paid, sent}}), id), every)
	equal(ids(byMessage(svix.MessageAttemptListByMsgOptions{Before: &first.Timestamp}), id), []string{})
	equal(walk(func(iterator *string) page {
		listed := must(client.MessageAttempt.ListByEndpoint(ctx, app, hook, &svix.MessageAttemptListByEndpointOptions{
			Limit: ptr(uint64(2)), Iterator: iterator,
		}))
		return page{ids(listed.Data, id), listed.Done, listed.Iterator, listed.PrevIterator}
	}), every)
	attempted := must(client.MessageAttempt.ListAttemptedMessages(ctx, app, hook, nil)).Data
	equal(len(attempted), 1)
	equal(attempted[0].Status, models.MESSAGESTATUS_SUCCESS)
	check(client.MessageAttempt.ExpungeContent(ctx, app, message, third.Id))
	equal(made()[0].Response, "EXPUNGED")
	stats := must(client.Endpoint.GetStats(ctx, app, hook, nil))
	equal([]int64{stats.Success, stats.Fail, stats.Pending}, []int64{2, 1, 0})
}

func transformations(receiver *receiver) {
	app := newApp()
	hook := must(client.Endpoint.Create(ctx, app, models.EndpointIn{Url: receiver.url}, nil)).Id
	code := "function handler(webhook) { webhook.payload.seen = true; return webhook; }"
	check(client.Endpoint.PatchTransformation(ctx, app, hook, models.EndpointTransformationPatch{
		Code: utils.NewNullable(code), Enabled: ptr(true),
	}))
	shown := must(client.Endpoint.TransformationGet(ctx, app, hook))
	equal(*shown.Code, code)
	receiver.got()
	example := must(client.Endpoint.SendExample(ctx, app, hook, models.EventExampleIn{EventType: "svix.ping"}, nil))
	equal(example.Payload, map[string]any{"success": true})
	until("the example", func() bool {
		return slices.ContainsFunc(receiver.got(), func(got got) bool {
			return bytes.Equal(got.body, []byte(`{"success":true,"seen":true}`))
		})
	})
}

func repair(receiver *receiver) {
	app := newApp()
	hook := must(client.Endpoint.Create(ctx, app, models.EndpointIn{Url: receiver.url}, nil)).Id
	since := time.Now().Add(-time.Hour)
	finished(must(client.Endpoint.Recover(ctx, app, hook, models.RecoverIn{Since: since}, nil)).Id)
	finished(must(client.Endpoint.ReplayMissing(ctx, app, hook, models.ReplayIn{Since: since}, nil)).Id)
	finished(must(client.Statistics.AggregateAppStats(ctx, models.AppUsageStatsIn{
		Since: since, Until: time.Now(), AppIds: []string{app},
	}, nil)).Id)
	finished(must(client.Statistics.AggregateEventTypes(ctx)).Id)
	listed := must(client.BackgroundTask.List(ctx, &svix.BackgroundTaskListOptions{Limit: ptr(uint64(50))}))
	equal(len(listed.Data), 5)
}

func finished(id string) {
	until(id, func() bool {
		return must(client.BackgroundTask.Get(ctx, id)).Status == models.BACKGROUNDTASKSTATUS_FINISHED
	})
}

func environment() {
	exported := must(client.Environment.Export(ctx, nil))
	var again models.EnvironmentIn
	check(json.Unmarshal(must(json.Marshal(exported)), &again))
	check(client.Environment.Import(ctx, again, nil))
}

func operationalWebhooks() {
	created := must(client.OperationalWebhookEndpoint.Create(ctx, models.OperationalWebhookEndpointIn{
		Url: "https://example.com/", FilterTypes: []string{"endpoint.disabled"},
	}, nil))
	updated := must(client.OperationalWebhookEndpoint.Update(ctx, created.Id, models.OperationalWebhookEndpointUpdate{
		Url: "https://example.com/2",
	}))
	equal(updated.Url, "https://example.com/2")
	equal(len(must(client.OperationalWebhookEndpoint.List(ctx, nil)).Data), 1)
	check(client.OperationalWebhookEndpoint.Delete(ctx, created.Id))
}

func portal() {
	access := must(client.Authentication.AppPortalAccess(ctx, "customer", models.AppPortalAccessIn{
		Application:  &models.ApplicationIn{Name: "Customer", Uid: ptr("customer")},
		FeatureFlags: []string{"beta"}, SessionId: ptr("one"),
	}, nil))
	customer := connect(access.Token)
	equal(*must(customer.Application.Get(ctx, "customer")).Uid, "customer")
	check(customer.Authentication.Logout(ctx, nil))
	equal(refused(customer.Application.Get(ctx, "customer")).Status(), 401)
	check(client.Authentication.ExpireAll(ctx, "customer", models.ApplicationTokenExpireIn{Expiry: ptr(int64(0))}, nil))
}

func connect(token string) *svix.Svix {
	return must(svix.New(token, &svix.SvixOptions{ServerUrl: serverURL}))
}

func newApp() string {
	return must(client.Application.Create(ctx, models.ApplicationIn{Name: "Acme"}, nil)).Id
}

// One page of a list.
type page struct {
	ids            []string
	done           bool
	iterator, prev *string
}

// The ids of a list that is walked to its end and back to its first page, in order.
func walk(read func(iterator *string) page) []string {
	last := read(nil)
	there := [][]string{last.ids}
	for !last.done {
		last = read(last.iterator)
		there = append(there, last.ids)
	}
	back := [][]string{last.ids}
	for len(back) < len(there) {
		last = read(last.prev)
		back = append([][]string{last.ids}, back...)
	}
	equal(back, there)
	return slices.Concat(there...)
}

func ids[T any](data []T, id func(T) string) []string {
	found := []string{}
	for _, entry := range data {
		found = append(found, id(entry))
	}
	return found
}

func refused[T any](_ *T, err error) *svix.Error {
	var refusal *svix.Error
	if !errors.As(err, &refusal) {
		panic(fmt.Sprintf("not refused: %v", err))
	}
	return refusal
}

func equal(actual, expected any) {
	a, e := must(json.Marshal(actual)), must(json.Marshal(expected))
	if !bytes.Equal(a, e) && !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%s is not %s", a, e))
	}
}

func until(what string, done func() bool) {
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic(what + " did not come within 10 s")
		}
	}
}

func ptr[T any](value T) *T { return &value }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

type got struct {
	header http.Header
	body   []byte
}

// Takes webhooks on a free port; answers the statuses that it was given in turn, and then 200.
type receiver struct {
	url      string
	server   *httptest.Server
	mutex    sync.Mutex
	received []got
	statuses []int
}

func startReceiver() *receiver {
	r := &receiver{}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.received = append(r.received, got{request.Header, body})
		status := 200
		if len(r.statuses) > 0 {
			status, r.statuses = r.statuses[0], r.statuses[1:]
		}
		w.WriteHeader(status)
		w.Write([]byte("ok"))
	}))
	r.url = r.server.URL
	return r
}

func (r *receiver) got() []got {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.received)
}

func (r *receiver) answer(statuses ...int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.statuses = statuses
}
