-- Reads the head of a symbol and the ticks after a cursor, of the same moment.
-- KEYS: head, stream
-- ARGV: the cursor (empty: read the newest ticks), the most ticks to read, 1: of an evicted stream the newest tick
-- Answers: {epoch, top, payloads oldest first, base}; {} for a symbol that no producer has opened.
local head = redis.call('HMGET', KEYS[1], 'epoch', 'top', 'base', 'newest')
if not head[1] then
    return {}
end
local after, count = ARGV[1], ARGV[2]
local entries
if after == '' then
    local newest_first = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', count)
    entries = {}
    for i = #newest_first, 1, -1 do
        entries[#entries + 1] = newest_first[i]
    end
else
    entries = redis.call('XRANGE', KEYS[2], '(' .. after, '+', 'COUNT', count)
end
local payloads = {}
for i, entry in ipairs(entries) do
    payloads[i] = entry[2][2]
end
local epoch, seq = string.match(after, '^(%d+)-(%d+)$')
epoch, seq = tonumber(epoch or '0'), tonumber(seq or '0')
local head_epoch, top = tonumber(head[1]), tonumber(head[2])
-- A damaged head is the caller's to judge.
local is_behind = head_epoch and top and (epoch < head_epoch or (epoch == head_epoch and seq < top))
if ARGV[3] == '1' and #payloads == 0 and head[4] and is_behind then
    -- The stream has been evicted, or deleted by hand. Without this tick its readers would wait for the next one, and
    -- learn only then that something is missing. After a rotation the newest tick is of an earlier epoch.
    local name = cjson.decode(head[4]).cursor
    local newest = ':' .. head[1] .. '-' .. head[2]
    if string.sub(name, -#newest) == newest then
        payloads[1] = head[4]
    end
end
return {head[1], head[2], payloads, head[3] or '0'}
