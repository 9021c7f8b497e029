//! What Redis does as one: scripts, each with the keys and arguments it takes.

use std::sync::LazyLock;

use redis::Script;

/// KEYS: the session, last. ARGV: seconds it lives, seconds its user's list must live, hash, then fields and values.
///
/// Its first command needs memory, so that Redis refuses it as a whole when there is none.
static WRITE: &str = r"
local user, id = false, false
local fields = {}
for i = 4, #ARGV, 2 do
    if ARGV[i] == 'user' then user = ARGV[i + 1] end
    if ARGV[i] == 'id' then id = ARGV[i + 1] end
    fields[#fields + 1] = ARGV[i]
    fields[#fields + 1] = ARGV[i + 1]
end
local key = KEYS[#KEYS]
redis.call('HSET', key, unpack(fields))
redis.call('EXPIRE', key, ARGV[1])
if user then
    local list = 'bistro:user:' .. user
    redis.call('HSET', list, id, ARGV[3])
    if redis.call('TTL', list) < tonumber(ARGV[2]) then
        redis.call('EXPIRE', list, ARGV[2])
    end
end
";

/// KEYS: the session, first. Leads from a former key to the present one.
static RESOLVE: &str = r"
local present = redis.call('HGET', KEYS[1], 'now')
if present then
    KEYS[1] = 'bistro:session:' .. present
    if redis.call('HEXISTS', KEYS[1], 'now') == 1 then return 0 end
end
";

/// KEYS: the session, first. Removes it, and from its user's list unless another has its place there.
static REMOVE: &str = r"
local old = redis.call('HMGET', KEYS[1], 'user', 'id')
redis.call('DEL', KEYS[1])
if old[1] and old[2] then
    local list = 'bistro:user:' .. old[1]
    if 'bistro:session:' .. (redis.call('HGET', list, old[2]) or '') == KEYS[1] then
        redis.call('HDEL', list, old[2])
    end
end
";

/// KEYS: a former key. Gives the fields of the session: in one step, since the key that it leads to may be replaced meanwhile. None if
/// that is a former one itself: what has been replaced twice is gone.
pub(super) static FOLLOW: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local present = redis.call('HGET', KEYS[1], 'now')
local session = KEYS[1]
if present then session = 'bistro:session:' .. present end
if redis.call('HEXISTS', session, 'now') == 1 then return {} end
return redis.call('HGETALL', session)
",
    )
});

pub(super) static CREATE: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{WRITE}return 1")));
pub(super) static REMOVE_ONE: LazyLock<Script> = LazyLock::new(|| {
    let is_absent = "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end";
    Script::new(&format!("{RESOLVE}{is_absent}{REMOVE}return 1"))
});

/// KEYS: old session, new session. If the old one has gone the new one may be there already: then it was done before.
static REKEYED: &str =
    "if redis.call('EXISTS', KEYS[1]) == 0 then return redis.call('EXISTS', KEYS[2]) end";

/// KEYS: old session, new session. ARGV: those of [`WRITE`].
pub(super) static REKEY: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{RESOLVE}{REKEYED}{WRITE}{REMOVE}return 1")));

/// The same, but the data is what the old session has at this moment.
pub(super) static REKEY_KEEPING_DATA: LazyLock<Script> = LazyLock::new(|| {
    let keep = "redis.call('HSET', KEYS[2], 'data', redis.call('HGET', KEYS[1], 'data'))";
    Script::new(&format!("{RESOLVE}{REKEYED}{WRITE}{keep}{REMOVE}return 1"))
});

/// KEYS: session. ARGV: when it was seen, how long it may be idle, how long it lives at most, how long a former key counts.
///
/// The former key lives as long as the session, until the present one is seen.
pub(super) static TOUCH: LazyLock<Script> = LazyLock::new(|| {
    let touch = r"
local fields = redis.call('HMGET', KEYS[1], 'seen', 'created', 'former', 'former_until')
local seen, created, former, ends = unpack(fields)
if not seen then return 0 end
local now = tonumber(ARGV[1])
if tonumber(seen) < now then
    redis.call('HSET', KEYS[1], 'seen', ARGV[1])
    local left = math.min(tonumber(ARGV[2]), tonumber(created) + tonumber(ARGV[3]) - now)
    redis.call('EXPIRE', KEYS[1], math.max(left, 1))
    if former and not ends then
        redis.call('EXPIRE', 'bistro:session:' .. former, math.max(left, 1))
    end
end
if former and not ends and not present then
    redis.call('HSET', KEYS[1], 'former_until', now + tonumber(ARGV[4]))
    redis.call('EXPIRE', 'bistro:session:' .. former, ARGV[4])
end
return 1
";
    Script::new(&format!("{RESOLVE}{touch}"))
});

/// KEYS: session as it was shown, new session. ARGV: their hashes, the time, how long a key is for, how long a former key counts.
///
/// The session moves, and what stands in its place leads there. A former key may be used for that as long as the present one has not
/// been seen: its answer was lost. Its first command that changes something needs memory, so that Redis refuses it as a whole.
pub(super) static RENEW: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local present = redis.call('HGET', KEYS[1], 'now')
if present == ARGV[2] then return 1 end
local session = KEYS[1]
if present then session = 'bistro:session:' .. present end
local fields = redis.call('HMGET', session, 'user', 'id', 'created', 'keyed', 'former', 'former_until')
local user, id, created, keyed, former, ends = unpack(fields)
if not id then return 0 end
local now, span = tonumber(ARGV[3]), tonumber(ARGV[4])
if present then
    if ends then return 0 end
    span = tonumber(ARGV[5])
end
if now < tonumber(keyed or created) + span then return 0 end
local left = redis.call('TTL', session)
redis.call('HSET', session, 'keyed', ARGV[3], 'former', ARGV[1])
redis.call('HDEL', session, 'former_until')
if former and former ~= ARGV[1] then redis.call('DEL', 'bistro:session:' .. former) end
redis.call('RENAME', session, KEYS[2])
redis.call('HSET', KEYS[1], 'now', ARGV[2])
redis.call('EXPIRE', KEYS[1], math.max(left, 1))
if user then redis.call('HSET', 'bistro:user:' .. user, id, ARGV[2]) end
return 1
",
    )
});

/// KEYS: session. ARGV: the version that was read, the data. Gives 0 if another came between.
pub(super) static EXCHANGE: LazyLock<Script> = LazyLock::new(|| {
    let exchange = r"
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'version', 1)
return 1
";
    Script::new(&format!("{RESOLVE}{exchange}"))
});

/// KEYS: list of a user. Gives the fields of each session; what has ended is taken from the list.
pub(super) static OF_USER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local found = {}
local list = redis.call('HGETALL', KEYS[1])
for i = 1, #list, 2 do
    local fields = redis.call('HGETALL', 'bistro:session:' .. list[i + 1])
    if #fields == 0 then
        redis.call('HDEL', KEYS[1], list[i])
    else
        found[#found + 1] = fields
    end
end
return found
",
    )
});

/// KEYS: list of a user. ARGV: the identifier of the one to remove or empty for all, the hash of the one to keep or empty. That may be
/// the hash of its former key.
pub(super) static REMOVE_OF_USER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local removed, kept = 0, ARGV[2]
if kept ~= '' then kept = redis.call('HGET', 'bistro:session:' .. kept, 'now') or kept end
local list = redis.call('HGETALL', KEYS[1])
for i = 1, #list, 2 do
    if (ARGV[1] == '' or ARGV[1] == list[i]) and list[i + 1] ~= kept then
        removed = removed + redis.call('DEL', 'bistro:session:' .. list[i + 1])
        redis.call('HDEL', KEYS[1], list[i])
    end
end
return removed
",
    )
});
