-- Opens a symbol for a writer and decides at which number it continues. Called at the start of a writer and after
-- every reconnect.
-- KEYS: head, stream
-- ARGV: fence, the lease that the fence is of (empty: none), server run id, writer, now (Unix ms), epoch (0: this
--       writer has numbered nothing yet, and lost nothing), confirmed seq, first and last seq in the writer's spool
--       (first = last + 1: the spool is empty)
-- Answers: {verdict, epoch, top}, or {'OUTDATED', newer fence, top}; see OpenVerdict in feed/scripts/__init__.py.
local fence, lease, run, writer = unpack(ARGV, 1, 4)
local now, own_epoch, acked, first, last = unpack(ARGV, 5, 9)
now, own_epoch, acked, first, last = tonumber(now), tonumber(own_epoch), tonumber(acked), tonumber(first), tonumber(last)

local head = redis.call('HMGET', KEYS[1], 'epoch', 'top', 'fence', 'run', 'writer', 'repair', 'lease')

local function settle(verdict, epoch, top, repair)
    local id = string.format('%.0f', epoch)
    if verdict == 'NEW' or verdict == 'ROTATE' then
        -- The number before the epoch's first tick: no cursor of this epoch is below it.
        redis.call('HSET', KEYS[1], 'base', string.format('%.0f', top))
    end
    redis.call('HSET', KEYS[1], 'epoch', id, 'top', string.format('%.0f', top), 'fence', fence, 'run', run,
        'writer', writer, 'lease', lease, 'repair', string.format('%.0f', repair))
    return {verdict, epoch, top}
end

if not head[1] then
    -- The stream may have outlived its head (evicted, or deleted by hand): do not use its numbers again.
    local left = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    local left_epoch, left_seq = string.match(left and left[1] or '0-0', '^(%d+)-(%d+)$')
    return settle('NEW', math.max(now, own_epoch + 1, left_epoch + 1), math.max(acked, tonumber(left_seq)), 0)
end
local epoch, top, repair = tonumber(head[1]), tonumber(head[2]), tonumber(head[6])
if tonumber(fence) < tonumber(head[3]) then
    -- The lease lies on another server of a cluster, perhaps, and may have lost its newest fence in a failover: the
    -- lease itself says whether this writer still holds it. Nobody can say that of two leases.
    local is_own = lease ~= '' and head[7] == lease
    return {is_own and 'OUTDATED' or 'FENCED', is_own and tonumber(head[3]) or epoch, top}
end

-- rolled_back: the server may have lost ticks. It restarted, or it is still in the repair of an earlier loss, or its
-- top is below what it once confirmed to this writer.
-- covered: the spool of this writer has every tick above the server's top.
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
    -- The end of the repair is stored: without it, a writer that takes over in the middle of the repair would continue
    -- at top + 1 and give numbers of lost ticks, which readers may have, to other ticks.
    return settle('REPAIR', epoch, top, math.max(last, repair))
end
return settle('ROTATE', math.max(now, epoch + 1, own_epoch + 1), math.max(top, acked), 0)
