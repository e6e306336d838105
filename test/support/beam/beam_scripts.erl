%% Runs scripts of operations on real processes. One script is one request: [Roots, Steps]; its answer is a list of steps as they were
%% played, each with everything that could be seen once the world was at rest. script.ts says what the terms mean.
-module(beam_scripts).
-export([main/0]).

-record(world, {pids = #{}, indexes = #{}, living = [], expected = #{}}).
-record(step, {acting = [], births = 0, starting = [], results = [], got = [], enders = #{}, endings = 0, dead = #{}, killed = []}).

-define(NAMES, [n0, n1, n2]).

main() ->
    logger:set_primary_config(level, none),
    serve(open_port({fd, 0, 1}, [binary, {packet, 4}, eof])).

%% Every script has a coordinator of its own, so that nothing of one script is in the mailbox of the next.
serve(Port) ->
    receive
        {Port, {data, Request}} ->
            {Pid, Ref} = spawn_monitor(fun() -> exit({answer, run(binary_to_term(Request))}) end),
            receive
                {'DOWN', Ref, process, Pid, {answer, Answer}} -> port_command(Port, term_to_binary(Answer));
                {'DOWN', Ref, process, Pid, Reason} ->
                    Text = unicode:characters_to_binary(io_lib:format("~p", [Reason])),
                    port_command(Port, term_to_binary([failed, Text]))
            end,
            serve(Port);
        {Port, eof} -> halt(0)
    end.

run([Roots, Steps]) ->
    World = lists:foldl(fun(_, World) -> adopt(new_worker(), World) end, #world{}, lists:seq(1, Roots)),
    {Trace, Left} = play(Steps, World, []),
    [exit(pid(I, Left), kill) || I <- Left#world.living],
    [receive {'DOWN', _, process, Pid, _} -> ok end || I <- Left#world.living, Pid <- [pid(I, Left)]],
    Trace.

new_worker() ->
    Coordinator = self(),
    element(1, spawn_monitor(fun() -> worker(Coordinator, []) end)).

adopt(Pid, #world{pids = Pids, indexes = Indexes, living = Living, expected = Expected} = World) ->
    I = map_size(Pids),
    World#world{pids = Pids#{I => Pid}, indexes = Indexes#{Pid => I}, living = Living ++ [I], expected = Expected#{Pid => 0}}.

pid(I, #world{pids = Pids}) -> maps:get(I, Pids).

play([], World, Trace) -> {lists:reverse(Trace), World};
play(_, #world{living = []} = World, Trace) -> {lists:reverse(Trace), World};
play([[Lanes, Settle] | Steps], World, Trace) ->
    Actors = [pick(N, World#world.living) || [N, _] <- Lanes],
    case lists:usort(Actors) =:= lists:sort(Actors) of
        false -> play(Steps, World, [skipped | Trace]);
        true ->
            Resolved = [resolve_all(Acts, Actor, Actors, World) || {[_, Acts], Actor} <- lists:zip(Lanes, Actors)],
            Settling = resolve_all(Settle, hd(Actors), Actors, World),
            {World1, Step1} = perform_lanes(0, lists:zip(Actors, Resolved), World, #step{}),
            {Seen1, World2, Step2} = rest(World1, Step1),
            {Seen, World3, Step} = case Settling of
                [] -> {Seen1, World2, Step2};
                _ ->
                    {WorldB, StepB} = perform_lanes(100, [{hd(Actors), Settling}], World2, Step2),
                    rest(WorldB, StepB)
            end,
            Played = lists:zipwith(fun(A, Acts) -> [A, shown(Acts)] end, Actors, Resolved),
            play(Steps, World3, [report(Played, shown(Settling), Seen, World3, Step) | Trace])
    end.

pick(N, List) -> lists:nth(N rem length(List) + 1, List).

resolve_all(Acts, Actor, Actors, World) -> [resolve(Act, Actor, Actors, World) || Act <- Acts].

resolve([spawn, Bonds, Name, Place, Acts], Actor, Actors, World) ->
    [spawn, Bonds, Name, Place, resolve_all(Acts, Actor, Actors, World)];
resolve([register, Name, Target], Actor, Actors, World) -> [register, Name, target(Target, Actor, Actors, World)];
resolve([Verb, [_, _] = Target | Rest], Actor, Actors, World) -> [Verb, target(Target, Actor, Actors, World) | Rest];
resolve(Act, _, _, _) -> Act.

target([living, N], _, _, World) -> found(pick(N, World#world.living), World);
target([any, N], _, _, World) -> found(N rem map_size(World#world.pids), World);
target([lane, N], _, Actors, World) -> found(pick(N, Actors), World);
target([actor, _], Actor, _, World) -> found(Actor, World);
target([name, Name], _, _, _) -> [name, Name].

found(I, World) -> [p, I, pid(I, World)].

%% Acts without pids, as they go into the trace.
shown(Acts) -> [shown_act(Act) || Act <- Acts].

shown_act([spawn, Bonds, Name, Place, Acts]) -> [spawn, Bonds, Name, Place, shown(Acts)];
shown_act(Act) -> [case Part of [p, I, _] -> [p, I]; _ -> Part end || Part <- Act].

perform_lanes(From, Lanes, World, Step) ->
    [pid(Actor, World) ! {do, From, Acts} || {Actor, Acts} <- Lanes],
    Births = length([1 || {_, Acts} <- Lanes, [spawn | _] <- Acts]),
    Killed = [Pid || {_, Acts} <- Lanes, [kill, [p, _, Pid]] <- Acts],
    Acting = [pid(Actor, World) || {Actor, _} <- Lanes],
    Endings = length([1 || {_, Acts} <- Lanes, has_ending(Acts)]),
    performed(World, Step#step{acting = Acting, births = Births, endings = Endings, killed = Killed ++ Step#step.killed}).

has_ending(Acts) -> lists:any(fun([exit, _]) -> true; ([crash]) -> true; ([spawn, _, _, _, First]) -> has_ending(First); (_) -> false end, Acts).

%% Until every act has been done, by children in their first moments too.
performed(World, #step{acting = [], births = 0, starting = []} = Step) -> {World, Step};
performed(World, Step) ->
    receive Message -> {World1, Step1} = note(Message, World, Step), performed(World1, Step1) end.

note({result, Pid, K, Result}, World, #step{results = Results} = Step) ->
    Step1 = Step#step{results = [{Pid, K, Result} | Results]},
    case Result of
        {sent, To} when is_map_key(To, World#world.expected) ->
            Expected = maps:update_with(To, fun(N) -> N + 1 end, World#world.expected),
            {World#world{expected = Expected}, Step1};
        {existing, _} -> {World, Step1#step{births = Step#step.births - 1, endings = 0}};
        {killed, To} -> {World, Step1#step{killed = [To | Step#step.killed]}};
        _ -> {World, Step1}
    end;
note({done, Pid}, World, Step) -> {World, Step#step{acting = lists:delete(Pid, Step#step.acting)}};
note({born, Pid}, World, Step) ->
    monitor(process, Pid),
    {adopt(Pid, World), Step#step{births = Step#step.births - 1, starting = [Pid | Step#step.starting]}};
note({started, Pid}, World, Step) -> {World, Step#step{starting = lists:delete(Pid, Step#step.starting)}};
note({ending, Pid, Reason}, World, #step{enders = Enders} = Step) ->
    {World, acted(Pid, Step#step{enders = Enders#{Pid => Reason}})};
%% Of one that ended after it had said so.
note({status, _, _, _}, World, Step) -> {World, Step};
note({got, Pid, Item}, World, #step{got = Got} = Step) -> {World, Step#step{got = [{Pid, Item} | Got]}};
note({'DOWN', _, process, Pid, Reason}, World, #step{dead = Dead} = Step) ->
    Living = lists:delete(maps:get(Pid, World#world.indexes), World#world.living),
    {World#world{living = Living}, acted(Pid, Step#step{dead = Dead#{Pid => reason(Reason)}})}.

acted(Pid, Step) ->
    Step#step{acting = lists:delete(Pid, Step#step.acting), starting = lists:delete(Pid, Step#step.starting)}.

%% At rest: everybody has read everything, every relation is known at both ends, and none of them leads to a dead process. What is
%% under way would show: a link, monitor or their end at one side only; a death in a relation to it; a message in the counts.
rest(World, Step) -> rest(World, Step, 1).

rest(_, _, 10000) -> exit(does_not_come_to_rest);
rest(World, Step, Round) ->
    Living = [pid(I, World) || I <- World#world.living],
    [Pid ! {status, Round} || Pid <- Living],
    {Seen, World1, Step1} = statuses(Round, Living, #{}, World, Step),
    case is_at_rest(Seen, World1, Step1) of
        true -> {Seen, World1, Step1};
        false -> rest(World1, Step1, Round + 1)
    end.

statuses(_, [], Seen, World, Step) -> {Seen, World, Step};
statuses(Round, [Pid | Rest] = Asked, Seen, World, Step) ->
    case is_map_key(Pid, Step#step.dead) of
        true -> statuses(Round, Rest, maps:remove(Pid, Seen), World, Step);
        false ->
            receive
                {status, Pid, Round, Status} -> statuses(Round, Rest, Seen#{Pid => Status}, World, Step);
                Message when element(1, Message) =/= status ->
                    {World1, Step1} = note(Message, World, Step),
                    statuses(Round, Asked, Seen, World1, Step1)
            end
    end.

is_at_rest(Seen, World, Step) ->
    length(World#world.living) =:= map_size(Seen)
        andalso map_size(Step#step.enders) =:= Step#step.endings
        andalso lists:all(fun(Pid) -> not is_map_key(Pid, Seen) end, maps:keys(Step#step.enders) ++ Step#step.killed)
        andalso lists:all(fun({Pid, Status}) -> is_settled(Pid, Status, Seen, World) end, maps:to_list(Seen)).

is_settled(Pid, {Links, Watching, Watchers, _, _, Messages, Unread}, Seen, World) ->
    Unread =:= 0
        andalso maps:get(Pid, World#world.expected) =:= Messages
        andalso lists:all(fun(To) -> is_mirrored(1, Pid, To, Seen) end, Links)
        andalso lists:all(fun(To) -> is_watcher(Pid, To, Watching, Seen) end, Watching)
        andalso lists:all(fun(By) -> is_map_key(By, Seen) andalso lists:member(Pid, element(2, maps:get(By, Seen))) end, Watchers).

is_mirrored(Table, Pid, To, Seen) ->
    is_map_key(To, Seen) andalso lists:member(Pid, element(Table, maps:get(To, Seen))).

is_watcher(Pid, To, Watching, Seen) ->
    is_map_key(To, Seen) andalso times(To, Watching) =:= times(Pid, element(3, maps:get(To, Seen))).

times(X, List) -> length([X || Y <- List, Y =:= X]).

report(Lanes, Settling, Seen, World, Step) ->
    Index = fun(none) -> none; (Pid) -> maps:get(Pid, World#world.indexes, none) end,
    Sorted = fun(Pids) -> lists:usort([Index(Pid) || Pid <- Pids]) end,
    [Lanes, Settling,
     [[Index(Pid), K, shown_result(Result, Index)] || {Pid, K, Result} <- lists:reverse(Step#step.results)],
     [[Index(Pid), shown_item(Item, Index)] || {Pid, Item} <- lists:reverse(Step#step.got)],
     [[Index(Pid), Reason] || {Pid, Reason} <- maps:to_list(Step#step.enders)],
     [[Index(Pid), Reason] || {Pid, Reason} <- maps:to_list(Step#step.dead)],
     [[Index(Pid), Sorted(Links), Sorted(Watching), Sorted(Watchers), Trap, Name]
      || {Pid, {Links, Watching, Watchers, Trap, Name, _, _}} <- maps:to_list(Seen)]].

shown_result({monitor, Id, Had}, _) -> [monitor, Id, Had];
shown_result({What, Pid}, Index) -> [What, Index(Pid)];
shown_result({spawned, Pid, Id}, Index) -> [spawned, Index(Pid), Id];
shown_result(Result, _) -> Result.

shown_item({message, From, N}, Index) -> [message, Index(From), N];
shown_item({exit, From, Reason, Stale}, Index) -> [exit, Index(From), Reason, Stale];
shown_item({down, From, Id, Reason, Stale}, Index) -> [down, Index(From), Id, Reason, Stale].

reason({Reason, Stack}) when is_list(Stack) -> [crash, Reason];
reason(Reason) -> Reason.

%% A process of the script. Its first acts come before anything else it does.

worker(Coordinator, Acts) ->
    put(coordinator, Coordinator),
    put(refs, #{}),
    put(ids, 0),
    put(messages, 0),
    perform_all(0, Acts),
    Coordinator ! {started, self()},
    obey().

obey() ->
    receive
        {do, From, Acts} ->
            perform_all(From, Acts),
            tell({done, self()});
        {status, Round} -> tell({status, self(), Round, status()});
        {message, From, N} ->
            put(messages, get(messages) + 1),
            tell({got, self(), {message, From, N}});
        {'EXIT', From, Reason} -> tell({got, self(), {exit, From, reason(Reason), is_stale(From)}});
        {'DOWN', Ref, process, _, Reason} ->
            {{Target, Id}, Refs} = maps:take(Ref, get(refs)),
            put(refs, Refs),
            tell({got, self(), {down, Target, Id, reason(Reason), is_stale(Target)}})
    end,
    obey().

tell(Message) -> get(coordinator) ! Message.

%% A name must be free before anybody hears of the end of its owner.
is_stale(none) -> false;
is_stale(Pid) -> lists:any(fun(Name) -> whereis(Name) =:= Pid end, ?NAMES).

status() ->
    [{links, Links}, {monitored_by, Watchers}, {trap_exit, Trap}, {registered_name, Name}, {message_queue_len, Unread}] =
        process_info(self(), [links, monitored_by, trap_exit, registered_name, message_queue_len]),
    Watching = [Target || {Target, _} <- maps:values(get(refs))],
    {Links, Watching, Watchers -- [get(coordinator)], Trap, Name, get(messages), Unread}.

perform_all(K, Acts) -> lists:foldl(fun(Act, At) -> perform(At, Act), At + 1 end, K, Acts).

perform(_, [exit, Reason]) ->
    tell({ending, self(), Reason}),
    exit(Reason);
perform(_, [crash]) ->
    tell({ending, self(), [crash, boom]}),
    error(boom);
perform(K, [kill, Target]) ->
    %% Told before, as it may be our own end.
    case pid_of(Target) of
        undefined -> result(K, noproc);
        Pid -> result(K, {killed, Pid}), exit(Pid, kill)
    end;
perform(K, Act) -> result(K, act(Act)).

result(K, Result) -> tell({result, self(), K, Result}).

pid_of([p, _, Pid]) -> Pid;
pid_of([name, Name]) -> whereis(Name).

%% `Found` with the pid behind a target, for what Erlang does to pids only.
with_pid(Target, Found) ->
    case pid_of(Target) of
        undefined -> noproc;
        Pid -> Found(Pid)
    end.

act([send, [name, Name] = Target, N]) ->
    Owner = pid_of(Target),
    try Name ! {message, self(), N} of _ -> {sent, Owner} catch error:badarg -> noproc end;
act([send, [p, _, Pid], N]) ->
    Pid ! {message, self(), N},
    {sent, Pid};
act([link, Target]) ->
    with_pid(Target, fun(Pid) -> try link(Pid) of true -> ok catch error:noproc -> noproc end end);
act([unlink, Target]) ->
    with_pid(Target, fun(Pid) -> unlink(Pid), ok end);
act([monitor, [name, Name] = Target]) -> watch(Name, pid_of(Target));
act([monitor, [p, _, Pid]]) -> watch(Pid, Pid);
act([demonitor, Target]) ->
    with_pid(Target, fun(Pid) ->
        Mine = [Ref || {Ref, {To, _}} <- maps:to_list(get(refs)), To =:= Pid],
        [demonitor(Ref, [flush]) || Ref <- Mine],
        put(refs, maps:without(Mine, get(refs))),
        ok
    end);
act([trap, On]) -> process_flag(trap_exit, On), ok;
act([register, Name, Target]) ->
    with_pid(Target, fun(Pid) ->
        case process_info(Pid, registered_name) of
            {registered_name, Other} when Other =/= Name -> second_name;
            _ -> try register(Name, Pid) of true -> ok catch error:badarg -> {taken, owner(Name, Pid)} end
        end
    end);
act([unregister, Name]) ->
    %% Erlang lets anybody take a name away.
    case whereis(Name) =:= self() of
        true -> unregister(Name), ok;
        false -> not_mine
    end;
act([whereis, Name]) ->
    case whereis(Name) of
        undefined -> noproc;
        Pid -> {owner, Pid}
    end;
act([spawn, Bonds, none, _, Acts]) -> {Pid, Id} = child(Bonds, none, Acts), {spawned, Pid, Id};
act([spawn, Bonds, Name, _, Acts]) ->
    case whereis(Name) of
        undefined -> {Pid, Id} = child(Bonds, Name, Acts), {spawned, Pid, Id};
        Pid ->
            [watch(Pid, Pid) || lists:member(monitor, Bonds)],
            [link(Pid) || lists:member(link, Bonds)],
            {existing, Pid}
    end.

owner(Name, Default) ->
    case whereis(Name) of
        undefined -> Default;
        Pid -> Pid
    end.

watch(_, Pid) when Pid =:= self() ->
    monitor(process, Pid),
    {monitor, none, false};
watch(Name, undefined) ->
    keep(monitor(process, Name), none),
    noproc;
watch(Target, Pid) ->
    Had = lists:keymember(Pid, 1, maps:values(get(refs))),
    {monitor, keep(monitor(process, Target), Pid), Had}.

keep(Ref, Pid) ->
    Id = put(ids, get(ids) + 1),
    put(refs, (get(refs))#{Ref => {Pid, Id}}),
    Id.

%% A named child waits until it has its name.
child(Bonds, Name, Acts) ->
    Coordinator = get(coordinator),
    Life = fun() ->
        Name =:= none orelse receive go -> ok end,
        Coordinator ! {born, self()},
        worker(Coordinator, Acts)
    end,
    {Pid, Id} = case spawn_opt(Life, Bonds) of
        {Child, Ref} -> {Child, keep(Ref, Child)};
        Child -> {Child, none}
    end,
    Name =:= none orelse begin register(Name, Pid), Pid ! go end,
    {Pid, Id}.
