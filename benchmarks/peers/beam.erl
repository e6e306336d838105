%% The workloads on the BEAM: plain processes, messages with the same content, the same checks at the receiver.
-module(beam).
-export([main/1]).

main([Workload, Count]) ->
    try
        [told(One) || One <- run(Workload, list_to_integer(Count))],
        halt(0)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "~p ~p ~p~n", [Class, Reason, Stack]),
            halt(1)
    end.

told({Metric, Value, Unit}) ->
    io:format("{\"metric\":\"~s\",\"value\":~w,\"unit\":\"~s\"}~n", [Metric, Value, Unit]).

%% Work gives seconds. A fifth of it comes first, to warm up.
rate(Count, Unit, Work) ->
    Work((Count + 4) div 5),
    {"rate", Count / Work(Count), Unit}.

seconds(Work) ->
    Start = erlang:monotonic_time(nanosecond),
    Work(),
    (erlang:monotonic_time(nanosecond) - Start) / 1.0e9.

%% A process, and its result.
exec(Work) ->
    Me = self(),
    Pid = spawn(fun() -> Me ! {result, self(), Work()} end),
    receive {result, Pid, Result} -> Result end.

run("W1", Count) -> [rate(Count, "round trips/s", fun ping_pong/1)];
run("W2", Count) -> [rate(Count, "messages/s", fun fan_in/1)];
run("W3", Count) ->
    Memory = idle(Count),
    [rate(Count, "spawns/s", fun(N) -> seconds(fun() -> N = exec(fun() -> spawner(0, 0, N) end) end) end) | Memory];
run("W4", Count) -> [rate(Count, "hops/s", fun ring/1)];
run("W5", Count) -> [rate(Count, "leaves/s", fun skynet/1)];
run("W6", Count) -> [rate(2 * Count, "notices/s", fun(N) -> deaths((N + 1) div 2) end)].

ping_pong(Count) ->
    Peer = spawn(fun echo/0),
    Taken = seconds(fun() -> done = exec(fun() -> ping(Peer, Count) end) end),
    exit(Peer, kill),
    Taken.

ping(_, 0) -> done;
ping(Peer, Left) ->
    Peer ! {ping, self(), Left},
    receive {pong, Peer, Left} -> ping(Peer, Left - 1) end.

echo() ->
    receive {ping, From, Left} -> From ! {pong, self(), Left} end,
    echo().

fan_in(Count) ->
    Me = self(),
    Each = shares(Count, 10),
    Expected = lists:sum([Share * (Share - 1) div 2 || Share <- Each]),
    Sink = spawn(fun() -> Me ! {sum, sum(Count, 0)} end),
    seconds(fun() ->
        [spawn(fun() -> send(Sink, 0, Share) end) || Share <- Each],
        receive {sum, Expected} -> ok end
    end).

shares(Count, Senders) ->
    [Count div Senders + (if N =< Count rem Senders -> 1; true -> 0 end) || N <- lists:seq(1, Senders)].

send(_, Share, Share) -> ok;
send(Sink, N, Share) ->
    Sink ! {n, self(), N},
    send(Sink, N + 1, Share).

sum(0, Sum) -> Sum;
sum(Left, Sum) -> receive {n, _, N} -> sum(Left - 1, Sum + N) end.

%% At most 1,000 children are outstanding.
spawner(_, Count, Count) -> Count;
spawner(Started, Got, Count) when Started < Count, Started - Got < 1000 ->
    spawn(fun() -> child(0) end) ! {go, self()},
    spawner(Started + 1, Got, Count);
spawner(Started, Got, Count) ->
    receive {done, _} -> spawner(Started, Got + 1, Count) end.

child(_Handled) ->
    receive {go, From} -> From ! {done, self()} end.

idle(Count) ->
    1000 = exec(fun() -> spawner(0, 0, 1000) end),
    {Heap, Rss} = memory(),
    Pids = [spawn(fun() -> child(0) end) || _ <- lists:seq(1, Count)],
    {HeapAfter, RssAfter} = memory(),
    Count = length([Pid || Pid <- Pids, is_process_alive(Pid)]),
    [exit(Pid, kill) || Pid <- Pids],
    [{"heap", (HeapAfter - Heap) / Count, "bytes/process"}, {"rss", (RssAfter - Rss) / Count, "bytes/process"}].

%% All that the emulator has allocated, and the resident set, of which only Linux tells.
memory() ->
    erlang:garbage_collect(),
    {erlang:memory(total), resident()}.

resident() ->
    case file:open("/proc/self/statm", [read, raw, binary]) of
        {ok, File} ->
            {ok, Line} = file:read(File, 256),
            file:close(File),
            [_, Pages | _] = string:split(Line, " ", all),
            binary_to_integer(Pages) * 4096;
        {error, _} -> 0
    end.

ring(Count) ->
    Rounds = max(1, (Count + 999) div 1000),
    Me = self(),
    First = spawn(fun() -> receive {next, Next} -> first(Next, Rounds, Me) end end),
    Last = lists:foldl(fun(_, Next) -> spawn(fun() -> member(Next) end) end, First, lists:seq(2, 1000)),
    First ! {next, Last},
    Taken = seconds(fun() ->
        First ! go,
        receive {hops, Hops} -> Hops = Rounds * 1000 end
    end),
    Taken * Count / (Rounds * 1000).

first(Next, Rounds, Report) ->
    receive go -> Next ! {hop, self(), 1} end,
    round(Next, 1, Rounds, Report).

round(Next, Round, Rounds, Report) ->
    Hops = Round * 1000,
    receive
        {hop, _, Hops} when Round =:= Rounds -> Report ! {hops, Hops};
        {hop, _, Hops} ->
            Next ! {hop, self(), Hops + 1},
            round(Next, Round + 1, Rounds, Report)
    end.

member(Next) ->
    receive {hop, _, Hops} -> Next ! {hop, self(), Hops + 1} end,
    member(Next).

skynet(Count) ->
    Me = self(),
    Sum = Count * (Count - 1) div 2,
    seconds(fun() ->
        spawn(fun() -> skynet(Me, 0, Count) end),
        receive {sum, _, Sum} -> ok end
    end).

skynet(Parent, First, 1) -> Parent ! {sum, self(), First};
skynet(Parent, First, Leaves) ->
    Me = self(),
    Children = min(10, Leaves),
    lists:foldl(
        fun(Share, At) ->
            spawn(fun() -> skynet(Me, At, Share) end),
            At + Share
        end,
        First,
        shares(Leaves, Children)
    ),
    Parent ! {sum, self(), sums(Children, 0)}.

sums(0, Sum) -> Sum;
sums(Left, Sum) -> receive {sum, _, S} -> sums(Left - 1, Sum + S) end.

deaths(Count) ->
    Me = self(),
    Watcher = spawn(fun() -> watcher(Me, Count) end),
    receive {alive, Watcher} -> ok end,
    seconds(fun() ->
        Watcher ! go,
        receive {notices, Count, Count} -> ok end
    end).

watcher(Report, Count) ->
    process_flag(trap_exit, true),
    Children = [
        element(1, spawn_opt(fun() -> receive {go, _} -> exit(told_to) end end, [link, monitor]))
        || _ <- lists:seq(1, Count)
    ],
    Report ! {alive, self()},
    receive go -> ok end,
    [Child ! {go, self()} || Child <- Children],
    {Links, Monitors} = notices(2 * Count, 0, 0),
    Report ! {notices, Links, Monitors}.

notices(0, Links, Monitors) -> {Links, Monitors};
notices(Left, Links, Monitors) ->
    receive
        {'EXIT', _, told_to} -> notices(Left - 1, Links + 1, Monitors);
        {'DOWN', _, process, _, told_to} -> notices(Left - 1, Links, Monitors + 1)
    end.
