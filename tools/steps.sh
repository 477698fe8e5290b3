# Sourced by ./run, ./test and .ci/run: runs each step quietly, in one line with its time; a failing step shows its log.
# shellcheck shell=bash

logs=build/logs
if [ -t 1 ]; then live=1; else live=; fi

# What a build writes last: [12/80] of ninja.
step_progress() {
    tail -c 400 "$1" 2>/dev/null | tr '\r' '\n' | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1
}

step_wait() {
    local name=$1 log=$2 pid=$3 start=$4
    while [ -n "$live" ] && kill -0 "$pid" 2>/dev/null; do
        printf '\r%-36s %4d s %s\033[K' "$name" $((SECONDS - start)) "$(step_progress "$log")"
        sleep 1 & wait $! # interruptible, unlike a sleep in the foreground
    done
    wait "$pid"
}

stop_step() {
    trap - INT TERM
    [ -n "${step_pid:-}" ] && kill -TERM -- "-$step_pid" 2>/dev/null
    echo >&2
    exit "$1"
}

# step NAME COMMAND...: the log goes to build/logs/NAME.log.
step() {
    local name=$1 start=$SECONDS status=0
    local log="$logs/${name// /-}.log"
    shift
    mkdir -p "$logs"
    [ -n "$live" ] && printf '%-36s' "$name"
    set -m # a process group of its own, so that an interrupted step leaves nothing behind
    "$@" >"$log" 2>&1 </dev/null &
    step_pid=$!
    set +m
    trap 'stop_step 130' INT
    trap 'stop_step 143' TERM
    step_wait "$name" "$log" "$step_pid" "$start" || status=$?
    trap - INT TERM
    step_pid=
    [ -n "$live" ] && printf '\r\033[K'
    if [ "$status" != 0 ]; then
        tail -n "${ENTRADA_LOG_LINES:-60}" "$log" >&2
        printf '%-36s FAILED after %d s, exit code %d; the whole log: %s\n' "$name" $((SECONDS - start)) "$status" "$log" >&2
        return "$status"
    fi
    printf '%-36s %4d s\n' "$name" $((SECONDS - start))
}

# The install step alone may have to ask for a password, so it keeps the terminal.
install_step() {
    if [ -t 0 ] && [ "$(id -u)" != 0 ] && command -v sudo >/dev/null && ! sudo -n true 2>/dev/null; then
        tools/install_dependencies "$1" || exit 3
    else
        step "install packages" tools/install_dependencies "$1" || exit 3
    fi
}
