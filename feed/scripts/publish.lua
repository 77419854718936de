-- Appends ticks of one symbol to its stream and announces them, all or nothing. A retry does no harm, however late.
-- KEYS: head, stream
-- ARGV: fence, server run, writer, epoch, ticks to keep, channel of all symbols (empty: none), PUBLISH or SPUBLISH and
--       the channel of the symbol, first seq, payloads... (none: only check whether this writer may still write the symbol)
-- Answers: {verdict, top}; see PublishVerdict in feed/scripts/__init__.py.
local FIXED = 9
local fence, run, writer, epoch, keep, everything, publish, channel = unpack(ARGV, 1, FIXED - 1)
local first = tonumber(ARGV[FIXED])
local last = first + #ARGV - FIXED - 1

local head = redis.call('HMGET', KEYS[1], 'epoch', 'top', 'fence', 'run', 'writer')
if not head[1] then
    return {'LOST', 0}
end
local top = tonumber(head[2])
if tonumber(fence) < tonumber(head[3]) then
    return {'FENCED', top}
end
if head[1] ~= epoch or head[3] ~= fence or head[4] ~= run or head[5] ~= writer then
    return {'REOPEN', top}
end
if first > top + 1 then
    return {'AHEAD', top}
end
if last <= top then
    return {'DUP', top}
end

-- Only the ticks above the top: an earlier call may have appended the first ones, and its reply was lost.
for seq = top + 1, last do
    local payload = ARGV[FIXED + 1 + seq - first]
    local id = string.format('%s-%.0f', epoch, seq)
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, id, 'tick', payload)
end
redis.call('HSET', KEYS[1], 'top', string.format('%.0f', last), 'newest', ARGV[#ARGV])
for seq = top + 1, last do
    local payload = ARGV[FIXED + 1 + seq - first]
    if everything ~= '' then
        redis.call('PUBLISH', everything, payload)
    end
    redis.call(publish, channel, payload)
end
return {'OK', last}
