// The workloads in Go: a process is a goroutine, its mailbox a buffered channel.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

const (
	outstanding = 1000
	ringSize    = 1000
	children    = 10
	// Messages that wait in a mailbox before its senders have to.
	capacity = 1024
)

type message struct {
	from  chan message
	value int
}

func main() {
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail("count %q is no number", os.Args[2])
	}
	switch os.Args[1] {
	case "W1":
		rate(count, "round trips/s", pingPong)
	case "W2":
		rate(count, "messages/s", fanIn)
	case "W3":
		idle(count)
		rate(count, "spawns/s", spawns)
	case "W4":
		rate(count, "hops/s", ring)
	case "W5":
		rate(count, "leaves/s", skynet)
	default:
		fail("no workload %s", os.Args[1])
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func verify(what string, got, expected int) {
	if got != expected {
		fail("%s: %d in place of %d", what, got, expected)
	}
}

func tell(metric string, value float64, unit string) {
	fmt.Printf("{\"metric\":%q,\"value\":%f,\"unit\":%q}\n", metric, value, unit)
}

// A fifth comes first, to warm up.
func rate(count int, unit string, work func(int) time.Duration) {
	work((count + 4) / 5)
	tell("rate", float64(count)/work(count).Seconds(), unit)
}

func mailbox() chan message { return make(chan message, capacity) }

func pingPong(count int) time.Duration {
	echo, replies := mailbox(), mailbox()
	go func() {
		for request := range echo {
			request.from <- message{echo, request.value}
		}
	}()
	start := time.Now()
	for left := count; left > 0; left-- {
		echo <- message{replies, left}
		verify("reply", (<-replies).value, left)
	}
	taken := time.Since(start)
	close(echo)
	return taken
}

// How many of count each of so many sends.
func share(count, senders, n int) int {
	if n < count%senders {
		return count/senders + 1
	}
	return count / senders
}

func fanIn(count int) time.Duration {
	sink, result := mailbox(), make(chan int)
	expected := 0
	for n := 0; n < 10; n++ {
		each := share(count, 10, n)
		expected += each * (each - 1) / 2
	}
	go func() {
		sum := 0
		for left := count; left > 0; left-- {
			sum += (<-sink).value
		}
		result <- sum
	}()
	start := time.Now()
	for n := 0; n < 10; n++ {
		go func(each int) {
			for i := 0; i < each; i++ {
				sink <- message{nil, i}
			}
		}(share(count, 10, n))
	}
	verify("sum of the messages", <-result, expected)
	return time.Since(start)
}

func child(inbox chan message) {
	request := <-inbox
	request.from <- message{inbox, 1}
}

func spawns(count int) time.Duration {
	answers := mailbox()
	start := time.Now()
	started, got := 0, 0
	for got < count {
		for ; started < count && started-got < outstanding; started++ {
			inbox := make(chan message, 1)
			go child(inbox)
			inbox <- message{answers, 0}
		}
		got += (<-answers).value
	}
	verify("answers", got, count)
	return time.Since(start)
}

func idle(count int) {
	heap, resident := memory()
	held := make([]chan message, count)
	for n := range held {
		held[n] = make(chan message, 1)
		go child(held[n])
	}
	time.Sleep(50 * time.Millisecond)
	heapAfter, residentAfter := memory()
	verify("goroutines alive", runtime.NumGoroutine()-1, count)
	tell("heap", (heapAfter-heap)/float64(count), "bytes/process")
	tell("rss", (residentAfter-resident)/float64(count), "bytes/process")
	answers := mailbox()
	for _, inbox := range held {
		inbox <- message{answers, 0}
		<-answers
	}
}

// Heap and stacks in use, and the resident set, of which only Linux tells.
func memory() (float64, float64) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	resident := 0
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		resident, _ = strconv.Atoi(strings.Fields(string(statm))[1])
	}
	return float64(stats.HeapInuse + stats.StackInuse), float64(resident * os.Getpagesize())
}

func ring(count int) time.Duration {
	rounds := max(1, (count+ringSize-1)/ringSize)
	hops := rounds * ringSize
	first := mailbox()
	next := first
	for n := 1; n < ringSize; n++ {
		inbox := mailbox()
		go func(next chan message) {
			for hop := range inbox {
				next <- message{inbox, hop.value + 1}
			}
			close(next)
		}(next)
		next = inbox
	}
	start := time.Now()
	next <- message{first, 1}
	for round := 1; ; round++ {
		hop := <-first
		verify("hops", hop.value, round*ringSize)
		if round == rounds {
			break
		}
		next <- message{first, hop.value + 1}
	}
	taken := time.Since(start)
	close(next)
	return time.Duration(float64(taken) * float64(count) / float64(hops))
}

func skynet(count int) time.Duration {
	root := mailbox()
	start := time.Now()
	go node(root, 0, count)
	verify("sum", (<-root).value, count*(count-1)/2)
	return time.Since(start)
}

func node(parent chan message, first, leaves int) {
	if leaves == 1 {
		parent <- message{nil, first}
		return
	}
	below := min(children, leaves)
	inbox := make(chan message, children)
	at := first
	for n := 0; n < below; n++ {
		each := share(leaves, below, n)
		go node(inbox, at, each)
		at += each
	}
	sum := 0
	for n := 0; n < below; n++ {
		sum += (<-inbox).value
	}
	parent <- message{inbox, sum}
}
