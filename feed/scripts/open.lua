-- Settle who writes a symbol, and from which number: at a producer's start and after every reconnect.
-- KEYS: head, stream, and the lease if the writer needs one
-- ARGV: fence, server run id, writer, now (Unix ms), epoch (0: this writer has numbered nothing yet, and lost
--       nothing), acknowledged seq, first and last seq in the writer's spool (first = last + 1: empty)
-- Answers {verdict, epoch, top}; see feed/scripts/__init__.py.
local fence, run, writer = unpack(ARGV, 1, 3)
local now, own_epoch, acked, first, last = unpack(ARGV, 4, 8)
now, own_epoch, acked, first, last = tonumber(now), tonumber(own_epoch), tonumber(acked), tonumber(first), tonumber(last)

if KEYS[3] and redis.call('HGET', KEYS[3], 'fence') ~= fence then
    return {'UNHELD', 0, 0}
end
local head = redis.call('HMGET', KEYS[1], 'epoch', 'top', 'fence', 'run', 'writer', 'repair')

local function settle(verdict, epoch, top, repair)
    local id = string.format('%.0f', epoch)
    redis.call('HSET', KEYS[1], 'epoch', id, 'top', string.format('%.0f', top), 'fence', fence, 'run', run,
        'writer', writer, 'repair', string.format('%.0f', repair))
    return {verdict, epoch, top}
end

if not head[1] then
    -- A stream that outlived its head (evicted, or deleted by hand) must not see its numbers again.
    local left = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    local left_epoch, left_seq = string.match(left and left[1] or '0-0', '^(%d+)-(%d+)$')
    return settle('NEW', math.max(now, own_epoch + 1, left_epoch + 1), math.max(acked, tonumber(left_seq)), 0)
end
local epoch, top, repair = tonumber(head[1]), tonumber(head[2]), tonumber(head[6])
if tonumber(fence) < tonumber(head[3]) then
    return {'FENCED', epoch, top}
end

local numbered = own_epoch > 0
local mine = head[5] == writer and epoch == own_epoch
local rolled_back = head[4] ~= run or repair > top or (mine and acked > top)
local covered = mine and first <= top + 1

if not rolled_back and covered then
    return settle('SAME', epoch, top, repair)
end
if not rolled_back and not numbered then
    return settle('TAKEOVER', epoch, top, repair)
end
if rolled_back and covered then
    return settle('REPAIR', epoch, top, math.max(last, repair))
end
return settle('ROTATE', math.max(now, epoch + 1, own_epoch + 1), math.max(top, acked), 0)
