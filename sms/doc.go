// Package sms sends text messages through the HTTP gateway of any provider, and counts what
// they cost.
//
//	n, err := sms.ParseNumber("+33639980012")   // E.164
//	allowed := sms.Prefixes{"+33"}.Allow(n)      // which countries are paid for
//	g, err := sms.New(sms.Config{URL: …, Body: `{"to":"{to}","text":"{text}"}`, …})
//	err = g.Send(ctx, n, text)                   // one retry where it may help
//
// A Gateway may be used by any number of goroutines.
package sms
