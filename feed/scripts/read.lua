-- Reads the head of a symbol and the ticks after a cursor, of the same moment.
-- KEYS: head, stream
-- ARGV: the cursor (empty: read the newest ticks), the most ticks to read
-- Answers: {epoch, top, payloads oldest first, base}; {} for a symbol that no producer has opened.
local head = redis.call('HMGET', KEYS[1], 'epoch', 'top', 'base')
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
return {head[1], head[2], payloads, head[3] or '0'}
