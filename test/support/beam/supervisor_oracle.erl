%% Plays supervisor scripts on OTP's own supervisor. A request is the text of one script, the answer that of its trace.
%%
%% A script is #{spec => Spec, steps => [#{sup => Id, acts => [Act], during => [Act]}]}. Every step ends in quiescence: each supervisor
%% has answered which_children, and the answers name exactly the processes that live. Of several acts the supervisor sees the
%% first only when all of them wait in its mailbox, in order; those of `during` are put there while it, and not one that was started
%% in its place, waits for the first child that it starts in this step. So what it sees, and hence the trace, does not depend on scheduling.
%%
%% Entries of a trace, with | between them: `start L`, `fail L` (a start that is refused), `down L Reason`, `Call -> Answer`, `--` (end of a step).
%% L is an id and the number of the start, counted per id: a#2.
-module(supervisor_oracle).
-behaviour(supervisor).
-export([main/0, seconds/1, init/1, parent/2, start_supervisor/3, start_worker/3, start_worker/4, worker/3]).

-define(MAX_ROUNDS, 20000).
-define(STUCK_MS, 2000).

main() ->
    %% What a dying process signals then leaves in one piece, so obituaries keep the order of the deaths.
    erlang:system_flag(schedulers_online, 1),
    persistent_term:put(?MODULE, atomics:new(1, [])),
    turn_clock_by_hand(),
    serve(open_port({fd, 0, 1}, [binary, {packet, 4}, eof])).

serve(Port) ->
    receive
        {Port, {data, Request}} ->
            {ok, Tokens, _} = erl_scan:string(binary_to_term(Request)),
            {ok, Script} = erl_parse:parse_term(Tokens),
            {Player, Ref} = spawn_monitor(fun() -> exit({played, play(Script)}) end),
            receive
                {'DOWN', Ref, process, Player, {played, Trace}} -> answer(Port, Trace);
                {'DOWN', Ref, process, Player, Reason} -> answer(Port, io_lib:format("broken: ~0tp", [Reason]))
            end,
            serve(Port);
        {Port, eof} -> halt(0)
    end.

answer(Port, Text) -> port_command(Port, term_to_binary(unicode:characters_to_binary(Text))).

%%% The clock. OTP's supervisor is loaded again from its own abstract code, with its one look at the time replaced.

turn_clock_by_hand() ->
    {ok, {supervisor, [{abstract_code, {raw_abstract_v1, Forms}}]}} =
        beam_lib:chunks(code:which(supervisor), [abstract_code]),
    {Own, 1} = by_hand(Forms, 0),
    {ok, supervisor, Binary} = compile:forms(Own, [deterministic]),
    code:unstick_mod(supervisor),
    {module, supervisor} = code:load_binary(supervisor, "supervisor", Binary),
    ok.

by_hand({call, At, {remote, _, {atom, _, erlang}, {atom, _, monotonic_time}}, Unit}, Count) ->
    {{call, At, {remote, At, {atom, At, ?MODULE}, {atom, At, seconds}}, Unit}, Count + 1};
by_hand(Form, Count) when is_tuple(Form) ->
    {Parts, More} = by_hand(tuple_to_list(Form), Count),
    {list_to_tuple(Parts), More};
by_hand([Form | Forms], Count) ->
    {New, More} = by_hand(Form, Count),
    {Rest, All} = by_hand(Forms, More),
    {[New | Rest], All};
by_hand(Form, Count) -> {Form, Count}.

seconds(1) -> atomics:get(persistent_term:get(?MODULE), 1).

pass(Seconds) -> atomics:add(persistent_term:get(?MODULE), 1, Seconds).

%%% Processes of the tree. Each asks the player before it runs: {starting, Pid, Sup, Child} -> {Player, go | fail}.

parent(Player, Spec) ->
    process_flag(trap_exit, true),
    Result = start_supervisor(Player, none, #{id => root, spec => Spec}),
    Player ! {root, Result},
    parent_loop(Result).

parent_loop(Result) ->
    receive
        stop ->
            {ok, Root} = Result,
            exit(Root, shutdown),
            parent_loop(Result);
        {leave, Reason} -> exit(Reason);
        {'EXIT', _, _} -> parent_loop(Result)
    end.

start_supervisor(Player, Sup, Child) -> supervisor:start_link(?MODULE, {Player, Sup, Child}).

init({Player, Sup, #{id := Id, spec := Spec} = Child}) ->
    go = ask(Player, Sup, Child),
    Children = [child_spec(Player, Id, Each) || Each <- maps:get(children, Spec)],
    {ok, {maps:with([strategy, intensity, period], Spec), Children}}.

child_spec(Player, Sup, #{id := Id, restart := Restart, shutdown := Shutdown} = Child) ->
    {Start, Type} =
        case Child of
            #{spec := _} -> {start_supervisor, supervisor};
            _ -> {start_worker, worker}
        end,
    #{id => Id, start => {?MODULE, Start, [Player, Sup, Child]}, restart => Restart, shutdown => Shutdown, type => Type}.

%% A child of a simple_one_for_one: its id is the argument of start_child.
start_worker(Player, Sup, Child, Id) -> start_worker(Player, Sup, Child#{id := Id}).

start_worker(Player, Sup, Child) -> proc_lib:start_link(?MODULE, worker, [Player, Sup, Child]).

worker(Player, Sup, Child) ->
    process_flag(trap_exit, true),
    case ask(Player, Sup, Child) of
        go ->
            proc_lib:init_ack({ok, self()}),
            work(maps:get(manner, Child));
        fail -> proc_lib:init_ack({error, refused})
    end.

%% Asked to stop, a stubborn worker goes on, a sour one crashes, and a polite one returns.
work(Manner) ->
    receive
        {leave, Reason} -> exit(Reason);
        {'EXIT', _, shutdown} when Manner =:= stubborn -> work(Manner);
        {'EXIT', _, shutdown} when Manner =:= sour -> exit(sour);
        {'EXIT', _, shutdown} when Manner =:= polite -> exit(normal);
        {'EXIT', _, Reason} -> exit(Reason)
    end.

ask(Player, Sup, Child) ->
    Player ! {starting, self(), Sup, Child},
    receive {Player, Verdict} -> Verdict end.

%%% The player: starts the tree, acts, and keeps the trace. `living` is by pid, and holds the supervisors too.

play(#{spec := Spec, steps := Steps}) ->
    Self = self(),
    {Parent, _} = spawn_monitor(fun() -> parent(Self, Spec) end),
    Living = #{Parent => #{id => parent, label => "parent", sup => none, kind => parent}},
    Empty = #{trace => [], living => Living, pids => #{}, refused => [], listed => [], starts => #{}, calls => [],
              armed => none, events => 0, parent => Parent},
    Started = until(fun(World) -> maps:is_key(started, World) end, Empty),
    Played = lists:foldl(fun step/2, note("--", settle(Started)), Steps),
    clean_up(Played),
    lists:join($|, lists:reverse(maps:get(trace, Played))).

step(#{acts := [{pass, Seconds}]}, World) ->
    pass(Seconds),
    note("--", World);
step(#{sup := Sup, acts := Acts, during := During}, World) ->
    SupPid = pid_of(Sup, World),
    Armed = World#{armed := {SupPid, During}},
    Acted =
        case {Acts, SupPid} of
            {[_, _ | _], Pid} when is_pid(Pid) ->
                sys:suspend(Pid),
                Held = act_all(Acts, Pid, Armed),
                sys:resume(Pid),
                Held;
            _ -> act_all(Acts, none, Armed)
        end,
    note("--", (settle(Acted))#{armed := none}).

%% `Held` is the supervisor that takes nothing out of its mailbox now.
act_all(Acts, Held, World) -> lists:foldl(fun(Act, Each) -> act(Act, Held, Each) end, World, Acts).

act({leave, Id, How}, Held, World) ->
    case pid_of(Id, World) of
        none -> World;
        Pid ->
            case How of
                kill -> exit(Pid, kill);
                _ -> Pid ! {leave, How}
            end,
            Left = until(fun(#{living := Living}) -> not maps:is_key(Pid, Living) end, World),
            await_exit(Held, Pid, ?MAX_ROUNDS),
            Left
    end;
act({call, Sup, Request}, _Held, World) ->
    case pid_of(Sup, World) of
        none -> note([call_text(Request), " -> gone"], World);
        Pid ->
            Ref = gen_server:send_request(Pid, request(Sup, Request, World)),
            World#{calls := maps:get(calls, World) ++ [{Ref, Request}]}
    end;
act(stop, Held, World) -> leave_parent(root, stop, Held, World);
act({parent, How}, Held, World) -> leave_parent(parent, {leave, How}, Held, World).

%% Done when `Id` is gone, or the signal of the parent waits for the root that is held.
leave_parent(Id, Order, Held, #{parent := Parent} = World) ->
    case pid_of(root, World) of
        none -> World;
        _ ->
            case Order of
                {leave, kill} -> exit(Parent, kill);
                _ -> Parent ! Order
            end,
            await_exit(Held, Parent, ?MAX_ROUNDS),
            case Held of
                none -> until(fun(Later) -> pid_of(Id, Later) =:= none end, World);
                _ -> World
            end
    end.

await_exit(none, _Pid, _Rounds) -> ok;
await_exit(Sup, Pid, Rounds) when Rounds > 0 ->
    {messages, Messages} = process_info(Sup, messages),
    case [found || {'EXIT', From, _} <- Messages, From =:= Pid] of
        [] -> erlang:yield(), await_exit(Sup, Pid, Rounds - 1);
        _ -> ok
    end.

request(_Sup, {start, Id}, _World) when is_atom(Id) -> {start_child, [Id]};
request(Sup, {start, Child}, _World) -> {start_child, child_spec(self(), Sup, Child)};
request(_Sup, {terminate, {dynamic, Id}}, #{pids := Pids}) -> {terminate_child, maps:get(Id, Pids, Id)};
request(_Sup, {terminate, Id}, _World) -> {terminate_child, Id};
request(_Sup, {restart, Id}, _World) -> {restart_child, Id};
request(_Sup, {delete, Id}, _World) -> {delete_child, Id};
request(_Sup, which, _World) -> which_children;
request(_Sup, count, _World) -> count_children.

%%% Events

until(Condition, World) ->
    case Condition(World) of
        true -> World;
        false -> receive Event -> until(Condition, event(Event, World)) after ?STUCK_MS -> exit({stuck, World}) end
    end.

event({starting, Pid, Sup, #{id := Id} = Child}, #{starts := Starts, armed := Armed, events := Events} = World) ->
    Number = maps:get(Id, Starts, 0) + 1,
    Label = [atom_to_list(Id), $#, integer_to_list(Number)],
    {Verdict, Text} =
        case lists:member(Number, maps:get(fails, Child, [])) of
            true -> {fail, "fail "};
            false -> {go, "start "}
        end,
    monitor(process, Pid),
    Noted = note([Text, Label], World#{starts := Starts#{Id => Number}, events := Events + 1}),
    Acted =
        case {Armed, pid_of(Sup, World)} of
            {{SupPid, Acts}, SupPid} when is_pid(SupPid) -> act_all(Acts, SupPid, Noted#{armed := none});
            _ -> Noted
        end,
    Pid ! {self(), Verdict},
    entered(Verdict, Pid, #{id => Id, label => Label, sup => Sup, kind => kind(Child)}, Acted);
event({'DOWN', _, process, Pid, Reason} = Event, #{living := Living, refused := Refused, events := Events} = World) ->
    case {Living, lists:member(Pid, Refused)} of
        {_, true} -> World#{refused := lists:delete(Pid, Refused)};
        {#{Pid := #{label := Label}}, _} ->
            Left = World#{living := maps:remove(Pid, Living), events := Events + 1},
            note(["down ", Label, $\s, reason_text(Reason)], Left);
        _ -> reply(Event, World)
    end;
event({root, Result}, World) ->
    Text = case Result of {ok, _} -> "ok"; {error, _} -> "error" end,
    note(["start_link -> ", Text], World#{started => Text});
event(Event, World) -> reply(Event, World).

entered(fail, Pid, _Entry, #{refused := Refused} = World) -> World#{refused := [Pid | Refused]};
entered(go, Pid, #{id := Id} = Entry, #{living := Living, pids := Pids} = World) ->
    World#{living := Living#{Pid => Entry}, pids := Pids#{Id => Pid}}.

kind(#{spec := _}) -> supervisor;
kind(_) -> worker.

reply(Event, #{calls := Calls} = World) ->
    Answered = [{Call, Answer} || {Ref, _} = Call <- Calls, (Answer = gen_server:check_response(Event, Ref)) =/= no_reply],
    case Answered of
        [{{_, Request} = Call, Answer}] -> answered(Request, Answer, World#{calls := lists:delete(Call, Calls)});
        [] -> exit({unexpected, Event})
    end.

answered(look, {error, _}, World) -> World;
answered(look, {reply, Children}, #{listed := Listed} = World) ->
    World#{listed := [Pid || {_, Pid, _, _} <- Children, Pid =/= undefined] ++ Listed};
answered(Request, Answer, #{events := Events} = World) ->
    note([call_text(Request), " -> ", answer_text(Answer, World)], World#{events := Events + 1}).

%% Ask all supervisors until their answers agree with what is known, nothing having happened meanwhile.
settle(World) -> settle(World, ?MAX_ROUNDS).

settle(World, Rounds) when Rounds > 0 ->
    #{events := Before, living := Asked} = Idle = answers(World#{listed := []}),
    Looks = [{gen_server:send_request(Pid, which_children), look} || {Pid, #{kind := supervisor}} <- maps:to_list(Asked)],
    #{events := After, living := Living, listed := Listed} = Looked = answers(Idle#{calls := Looks}),
    Roots = [Pid || {Pid, #{sup := none}} <- maps:to_list(Living)],
    Agree = lists:sort(Listed ++ Roots) =:= lists:sort(maps:keys(Living)),
    RootLives = pid_of(root, Looked) =/= none,
    ParentLives = pid_of(parent, Looked) =/= none,
    if
        Before =:= After, Agree, RootLives =< ParentLives -> Looked;
        true -> erlang:yield(), settle(drain(Looked), Rounds - 1)
    end.

answers(World) -> until(fun(#{calls := Calls}) -> Calls =:= [] end, World).

drain(World) -> receive Event -> drain(event(Event, World)) after 0 -> World end.

clean_up(#{living := Living} = World) ->
    [exit(Pid, kill) || Pid <- maps:keys(Living)],
    until(fun(#{living := Left}) -> Left =:= #{} end, World#{armed := none}).

pid_of(Id, #{living := Living}) ->
    case [Pid || {Pid, #{id := Each}} <- maps:to_list(Living), Each =:= Id] of
        [Pid] -> Pid;
        [] -> none
    end.

%%% Texts

note(Text, #{trace := Trace} = World) -> World#{trace := [Text | Trace]}.

call_text({start, #{id := Id}}) -> ["start_child ", atom_to_list(Id)];
call_text({start, Id}) -> ["start_child ", atom_to_list(Id)];
call_text({terminate, {dynamic, Id}}) -> ["terminate_child ", atom_to_list(Id)];
call_text({Name, Id}) -> [atom_to_list(Name), "_child ", atom_to_list(Id)];
call_text(Name) -> [atom_to_list(Name), "_children"].

answer_text({error, _}, _World) -> "gone";
answer_text({reply, ok}, _World) -> "ok";
answer_text({reply, {ok, Pid}}, World) -> ["ok ", label(Pid, World)];
answer_text({reply, {error, {already_started, Pid}}}, World) -> ["already_started ", label(Pid, World)];
answer_text({reply, {error, refused}}, _World) -> "failed";
answer_text({reply, {error, Reason}}, _World) when is_atom(Reason) -> atom_to_list(Reason);
answer_text({reply, {error, _}}, _World) -> "failed";
answer_text({reply, [{specs, Specs}, {active, Active}, {supervisors, Supervisors}, {workers, Workers}]}, _World) ->
    io_lib:format("~b specs ~b active ~b supervisors ~b workers", [Specs, Active, Supervisors, Workers]);
answer_text({reply, Children}, World) ->
    %% OTP lists the latest first.
    Texts = [[id_text(Id), $=, label(Pid, World), $:, atom_to_list(Type)] || {Id, Pid, Type, _} <- lists:reverse(Children)],
    [$[, lists:join($\s, Texts), $]].

id_text(undefined) -> "";
id_text(Id) -> atom_to_list(Id).

label(Pid, #{living := Living}) when is_pid(Pid) ->
    case Living of
        #{Pid := #{label := Label}} -> Label;
        _ -> "dead"
    end;
label(Other, _World) when is_atom(Other) -> atom_to_list(Other).

reason_text(Reason) when is_atom(Reason) -> atom_to_list(Reason);
reason_text({shutdown, _}) -> "shutdown";
reason_text(_) -> "crash".
