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

pub(super) static CREATE: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{WRITE}return 1")));
pub(super) static REMOVE_ONE: LazyLock<Script> = LazyLock::new(|| {
    let is_absent = "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end";
    Script::new(&format!("{is_absent}{REMOVE}return 1"))
});

/// KEYS: old session, new session. If the old one has gone the new one may be there already: then it was done before.
static REKEYED: &str =
    "if redis.call('EXISTS', KEYS[1]) == 0 then return redis.call('EXISTS', KEYS[2]) end";

/// KEYS: old session, new session. ARGV: those of [`WRITE`].
pub(super) static REKEY: LazyLock<Script> =
    LazyLock::new(|| Script::new(&format!("{REKEYED}{WRITE}{REMOVE}return 1")));

/// The same, but the data is what the old session has at this moment.
pub(super) static REKEY_KEEPING_DATA: LazyLock<Script> = LazyLock::new(|| {
    let keep = "redis.call('HSET', KEYS[2], 'data', redis.call('HGET', KEYS[1], 'data'))";
    Script::new(&format!("{REKEYED}{WRITE}{keep}{REMOVE}return 1"))
});

/// KEYS: session. ARGV: when it was seen, how long it may be idle, how long it lives at most.
pub(super) static TOUCH: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local seen, created = unpack(redis.call('HMGET', KEYS[1], 'seen', 'created'))
if not seen then return 0 end
local now = tonumber(ARGV[1])
if tonumber(seen) < now then
    redis.call('HSET', KEYS[1], 'seen', ARGV[1])
    local left = math.min(tonumber(ARGV[2]), tonumber(created) + tonumber(ARGV[3]) - now)
    redis.call('EXPIRE', KEYS[1], math.max(left, 1))
end
return 1
",
    )
});

/// KEYS: session. ARGV: the version that was read, the data. Gives 0 if another came between.
pub(super) static EXCHANGE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'version', 1)
return 1
",
    )
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

/// KEYS: list of a user. ARGV: the identifier of the one to remove or empty for all, the hash of the one to keep or empty.
pub(super) static REMOVE_OF_USER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local removed = 0
local list = redis.call('HGETALL', KEYS[1])
for i = 1, #list, 2 do
    if (ARGV[1] == '' or ARGV[1] == list[i]) and list[i + 1] ~= ARGV[2] then
        removed = removed + redis.call('DEL', 'bistro:session:' .. list[i + 1])
        redis.call('HDEL', KEYS[1], list[i])
    end
end
return removed
",
    )
});
