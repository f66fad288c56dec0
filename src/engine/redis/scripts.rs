//! Scripts that Redis runs as one step.
//!
//! Redis older than 7 doesn't say at which moment a key ends, but how long that is from now, and
//! before 6.2 it isn't told otherwise either. There the moment is found by looking at the clock before
//! and after, which makes it as exact. An error is answered as it is: what Redis refuses isn't missing.

use std::sync::LazyLock;

use redis::Script;

/// Functions that the scripts share. Times are milliseconds since 1970.
const SHARED: &str = r"
    local function is_error(answer)
        return type(answer) == 'table' and answer.err ~= nil
    end

    local function now()
        local time = redis.call('TIME')
        return time[1] * 1000 + math.floor(time[2] / 1000)
    end

    -- The text under a key, false if there is none; and whether something else than text is there.
    local function text_of(key)
        local text = redis.pcall('GET', key)
        if is_error(text) and string.sub(text.err, 1, 9) == 'WRONGTYPE' then return false, true end
        return text, false
    end

    -- When a key ends; below 0: never, or it isn't there.
    local function ends_of(key)
        local ends = redis.pcall('PEXPIRETIME', key)
        if not is_error(ends) or not string.find(string.lower(ends.err), 'unknown') then
            return ends
        end
        local before, left
        repeat
            before = now()
            left = redis.pcall('PTTL', key)
            if is_error(left) then return left end
        until now() == before
        if left < 0 then return left end
        return before + left
    end

    -- Writes a text that ends at a moment; with NX only where there is none.
    local function put(key, text, ends, ...)
        local done = redis.pcall('SET', key, text, 'PXAT', ends, ...)
        if is_error(done) and string.find(done.err, 'syntax error') then
            done = redis.pcall('SET', key, text, 'PX', math.max(ends - now(), 1), ...)
            -- To the millisecond.
            if done and not is_error(done) then redis.pcall('PEXPIREAT', key, ends) end
        end
        return done
    end
";

/// Compares what is there with what was seen, and swaps it for what is new. Answers 1 if that is
/// done, 0 if there is none, or what is there now and its end.
pub(super) static SWAP: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
        local seen, new, ends, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local there = text_of(KEYS[1])
        if is_error(there) then return there end
        if not there then return 0 end
        local there_ends = ends_of(KEYS[1])
        if is_error(there_ends) then return there_ends end
        if there_ends >= 0 and there_ends <= tonumber(now) then return 0 end
        if there ~= seen then return {there, there_ends} end
        local done
        if tonumber(ends) <= tonumber(now) then
            done = redis.pcall('DEL', KEYS[1])
        else
            done = put(KEYS[1], new, ends)
        end
        if is_error(done) then return done end
        return 1
        ",
    )
});

/// Of each key its text and its end, for Redis older than 7.
pub(super) static LOAD: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
        local answers = {}
        for place, key in ipairs(KEYS) do
            local text, is_other = text_of(key)
            local ends = ends_of(key)
            if is_other then text = 0 end
            if is_error(text) then return text end
            if is_error(ends) then return ends end
            answers[2 * place - 1], answers[2 * place] = text, ends
        end
        return answers
        ",
    )
});

/// Writes a text where there is none: for Redis older than 6.2.
pub(super) static CREATE: LazyLock<Script> = LazyLock::new(|| {
    script(
        r"
        local done = put(KEYS[1], ARGV[1], ARGV[2], 'NX')
        if is_error(done) then return done end
        return {done}
        ",
    )
});

fn script(of_its_own: &str) -> Script {
    Script::new(&format!("{SHARED}{of_its_own}"))
}
