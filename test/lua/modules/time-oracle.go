// Answers of Go's time package to random questions, one JSON array per line: the table that
// time-oracle.test.ts compares with. PERDURE_TIME_ORACLE names another table for it.
//
//	TZ=UTC go run time-oracle.go -seed 2026 -count 120 > time-oracle.jsonl
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var fields = []string{
	"January", "Jan", "1", "01", "Monday", "Mon", "2", "_2", "02", "__2", "002", "15", "3", "03", "4", "04", "5", "05",
	"2006", "06", "PM", "pm", "MST", "Z0700", "Z070000", "Z07", "Z07:00", "Z07:00:00", "-0700", "-070000", "-07", "-07:00",
	"-07:00:00", ".000", ".999", ",000000", ".999999999", ".0", "_2006", "05.000", "05.999999999",
}

var usual = []string{
	time.RFC3339, time.RFC3339Nano, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z, time.Kitchen,
	time.Stamp, time.StampMilli, time.StampMicro, time.StampNano, time.DateTime, time.DateOnly, time.TimeOnly,
	time.ANSIC, time.UnixDate, time.RubyDate, "2006-002", "02/01/2006 15h04", "3:04:05.000 pm", "2006-01-02T15:04:05",
}

var between = []string{" ", "-", "/", ":", "T", ", ", "", ".", "  ", "x", "Juno ", "month ", "at ", "0", "7", "_"}

var zones = []string{
	"UTC", "Local", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Australia/Lord_Howe",
	"Asia/Kolkata", "Asia/Tokyo", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran",
	"Australia/Sydney", "Pacific/Auckland", "Europe/Dublin", "Asia/Kathmandu", "America/Caracas", "Europe/Moscow",
}

var r *rand.Rand
var out *json.Encoder

func pick(from []string) string { return from[r.Intn(len(from))] }

func zone() *time.Location {
	if r.Intn(6) == 0 {
		offset := (r.Intn(29) - 14) * 3600
		if r.Intn(3) == 0 {
			offset += r.Intn(3600)
		}
		return time.FixedZone([]string{"", "XYZ"}[r.Intn(2)], offset)
	}
	loc, err := time.LoadLocation(pick(zones))
	if err != nil {
		panic(err)
	}
	return loc
}

// The zone as the test makes it: a name, or a name and an offset.
func shown(loc *time.Location) any {
	for _, name := range zones {
		if loc.String() == name {
			return name
		}
	}
	_, offset := time.Unix(0, 0).In(loc).Zone()
	return []any{loc.String(), offset}
}

func moment() time.Time {
	sec := r.Int63n(2_500_000_000) + 100_000_000
	switch r.Intn(12) {
	case 0:
		sec = r.Int63n(200_000_000_000) - 62_135_596_800
	case 1:
		sec = r.Int63n(10)
	}
	nanos := []int64{0, 0, 5, 120_000_000, 123_456_789, 999_999_999, 1_000}[r.Intn(7)]
	return time.Unix(sec, nanos).In(zone())
}

func layout() string {
	if r.Intn(4) == 0 {
		return pick(usual)
	}
	var b strings.Builder
	for n := 1 + r.Intn(7); n > 0; n-- {
		b.WriteString(pick(between))
		b.WriteString(pick(fields))
	}
	if r.Intn(3) == 0 {
		b.WriteString(pick(between))
	}
	return b.String()
}

func nanos(n int64) string { return strconv.FormatInt(n, 10) }

// Our words for the time of a zone, such as CEST, are those of today.
func hasOtherWord(t time.Time) bool {
	for _, name := range zones[2:] {
		if t.Location().String() == name {
			return t.Year() < 2018 || t.Year() > 2035
		}
	}
	return false
}

func format() {
	t, l := moment(), layout()
	if strings.Contains(l, "MST") && hasOtherWord(t) {
		return
	}
	out.Encode([]any{"format", t.Unix(), t.Nanosecond(), shown(t.Location()), l, t.Format(l)})
}

func mutate(s string) string {
	b := []byte(s)
	for n := r.Intn(3); n > 0 && len(b) > 0; n-- {
		i := r.Intn(len(b))
		switch r.Intn(5) {
		case 0:
			b = append(b[:i], b[i+1:]...)
		case 1:
			b[i] = "0123456789 -:.ZTAPMapm+,"[r.Intn(24)]
		case 2:
			b = append(b[:i], append([]byte{"0123456789 -:.Z"[r.Intn(15)]}, b[i:]...)...)
		case 3:
			b = append(b, "0 .5Z"[r.Intn(5)])
		case 4:
			b[i] = strings.ToUpper(string(b[i]))[0]
		}
	}
	return string(b)
}

var signInFraction = regexp.MustCompile(`[.,][-+]`)

func parse() {
	l := layout()
	var value string
	if r.Intn(3) > 0 {
		value = moment().Format(l)
		if r.Intn(2) == 0 {
			value = mutate(value)
		}
	} else {
		value = pick([]string{
			"2024-02-30", "2023-02-29", "2024-02-29", "12:60:00", "24:00:00", "2024-13-01", "11:59 PM", "12:00AM", "12:30PM", "0:15PM",
			"13:00 PM", "Mon Jan  2 15:04:05 2006", "Fri, 31 Apr 2024 10:00:00 GMT", "2024-366", "2023-366", "2024-060", "2024-000",
			"2024-05-06T07:08:09.123456789123Z", "2024-05-06T07:08:09,5+02:00", "2024-05-06T07:08:09+24:60", "2024-05-06T07:08:60Z",
			"Monday, 06-May-24 07:08:09 CEST", "Mon, 06 May 2024 07:08:09 GMT+3", "Mon, 06 May 2024 07:08:09 +03", "06 May 69 10:00 UTC",
			"06 May 68 10:00 EST", "3:04pm", "03:04PM", " 3:04PM", "monday, 06-may-24 07:08:09 UTC", "May  6 07:08:09", "May _6 07:08:09.000",
			"06 May 24 10:00 EDT", "06 May 24 10:00 CET", "06 May 24 10:00 WITA", "06 May 24 10:00 ABCDE", "06 May 24 10:00 ABCDT",
		})
		l = pick(usual)
	}
	if signInFraction.MatchString(value) { // which Go reads as a number with a sign
		return
	}
	var t time.Time
	var err error
	var in any
	if r.Intn(2) == 0 {
		t, err = time.Parse(l, value)
	} else {
		loc := zone()
		in = shown(loc)
		t, err = time.ParseInLocation(l, value, loc)
	}
	if err != nil {
		out.Encode([]any{"parse", l, value, in, nil})
		return
	}
	if hasOtherWord(t) {
		return
	}
	name, offset := t.Zone()
	out.Encode([]any{"parse", l, value, in, []any{t.Unix(), t.Nanosecond(), offset, name, t.Location().String()}})
}

func date() {
	y, m, d := 1970+r.Intn(80), r.Intn(16)-1, r.Intn(40)-4
	h, mi, s, ns := r.Intn(30)-3, r.Intn(70)-5, r.Intn(70)-5, int64(0)
	if r.Intn(3) == 0 {
		ns = r.Int63n(4_000_000_000) - 2_000_000_000
	}
	if r.Intn(2) == 0 { // days on which clocks change
		days := [][3]int{{2024, 3, 31}, {2024, 10, 27}, {2024, 3, 10}, {2024, 11, 3}, {2024, 4, 7}, {2024, 10, 6}, {2011, 12, 30}, {2018, 11, 4}, {2016, 5, 1}}
		day := days[r.Intn(len(days))]
		y, m, d, h, mi = day[0], day[1], day[2], r.Intn(5)-1, r.Intn(60)
	}
	loc := zone()
	t := time.Date(y, time.Month(m), d, h, mi, s, int(ns), loc)
	out.Encode([]any{"date", y, m, d, h, mi, s, ns, shown(loc), t.Unix(), t.Nanosecond(), int(t.Weekday()), t.YearDay()})
}

func addDate() {
	t := moment()
	y, m, d := r.Intn(9)-4, r.Intn(31)-15, r.Intn(801)-400
	u := t.AddDate(y, m, d)
	out.Encode([]any{"add_date", t.Unix(), t.Nanosecond(), shown(t.Location()), y, m, d, u.Unix(), u.Nanosecond()})
}

func duration() time.Duration {
	switch r.Intn(5) {
	case 0:
		return time.Duration(r.Int63() - r.Int63())
	case 1:
		return time.Duration(r.Int63n(2_000_000_000) - 1_000_000_000)
	case 2:
		return time.Duration(r.Int63n(2_000_000) - 1_000_000)
	case 3:
		return time.Duration(r.Int63n(200_000)-100_000) * time.Second
	}
	return time.Duration(r.Int63n(2_000) - 1_000)
}

func text() {
	d := duration()
	out.Encode([]any{"duration", nanos(int64(d)), d.String()})
}

func parseDuration() {
	var b strings.Builder
	b.WriteString(pick([]string{"", "", "", "-", "+", " "}))
	for n := r.Intn(4); n >= 0; n-- {
		b.WriteString(pick([]string{"1", "1.5", ".25", "0", "36", "7.", "123456789.987654321", "9223372036.854775807", "2562047", "0.000000000123456789", "1.33333333333333333333333", "-1", "1e3", "."}))
		b.WriteString(pick([]string{"h", "m", "s", "ms", "us", "µs", "μs", "ns", "", "d"}))
	}
	if b.Len() > 100 { // longer ones we do not read
		return
	}
	d, err := time.ParseDuration(b.String())
	if err != nil {
		out.Encode([]any{"parse_duration", b.String(), nil})
		return
	}
	out.Encode([]any{"parse_duration", b.String(), nanos(int64(d))})
}

func round() {
	t := moment()
	d := []time.Duration{1, 7, 1000, time.Millisecond, time.Second, 90 * time.Second, time.Minute, 7 * time.Minute, time.Hour,
		24 * time.Hour, 168 * time.Hour, 0, -time.Second, 123456789012345}[r.Intn(14)]
	a, b := t.Round(d), t.Truncate(d)
	out.Encode([]any{"round", t.Unix(), t.Nanosecond(), nanos(int64(d)), a.Unix(), a.Nanosecond(), b.Unix(), b.Nanosecond()})
}

func main() {
	seed, count := flag.Int64("seed", 1, ""), flag.Int("count", 100, "")
	flag.Parse()
	r = rand.New(rand.NewSource(*seed))
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	out = json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for i := 0; i < *count; i++ {
		format()
		parse()
		parse()
		date()
		addDate()
		text()
		parseDuration()
		round()
	}
}
