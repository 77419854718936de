-- Renews or takes the lease of a source. Only the server's clock counts: the clocks of the writers may differ.
-- KEYS: lease, fence
-- ARGV: writer, its fence (0: it has never held the lease), duration of the lease (ms), description of the writer,
--       mode: 'ask' (only renew), 'take' (also take a free lease), 'force' (also take the lease of another writer),
--       stage of this writer in a handover, the newest fence that it has seen of this lease (0: none but its own)
-- Answers: {verdict, fence, description of the holder, stage of the other side}; see LeaseVerdict and HandoverStage in
--       feed/scripts/__init__.py. The other side of the holder is its standby, and of anyone else the holder.
local writer, own, lease_ms, who, mode = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local stage, seen = ARGV[6], tonumber(ARGV[7])
local RANK = {WAITING = 1, READY = 2, CLAIMING = 3}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local held = redis.call('HMGET', KEYS[1], 'writer', 'fence', 'until', 'who', 'stage')
local fence = tonumber(held[2] or '0')
-- The one standby that prepares to hold the lease next: a standby that has stopped asking is forgotten.
local standby = redis.call('HMGET', KEYS[1], 'standby', 'standby_until', 'standby_stage')
standby[2] = tonumber(standby[2] or '0')
if (standby[1] or '') == '' or now >= standby[2] then
    standby = {'', 0, ''}
end

-- Redis may have lost the newest fences, in a failover for example, and the symbols may still have them: the fence of
-- the holder is above all that it has seen.
local function hold(with)
    if seen > with then
        with = seen + 1
        redis.call('SET', KEYS[2], string.format('%.0f', with))
    end
    if standby[1] == writer then
        standby[3] = ''
        redis.call('HSET', KEYS[1], 'standby', '')
    end
    redis.call('HSET', KEYS[1], 'writer', writer, 'fence', string.format('%.0f', with),
        'until', string.format('%.0f', now + lease_ms), 'who', who, 'stage', stage == 'LEAVING' and stage or '')
    return {'HELD', with, who, standby[3]}
end

-- Of several standbys the one that is furthest is the next holder; of two that are equal, the first.
local function stand_by()
    local is_registered = standby[1] == writer and standby[3] == stage and standby[2] - now > lease_ms / 2
    if not is_registered and (standby[1] == writer or (RANK[stage] or 0) > (RANK[standby[3]] or 0)) then
        standby = {writer, now + lease_ms, stage}
        redis.call('HSET', KEYS[1], 'standby', writer, 'standby_until', string.format('%.0f', now + lease_ms),
            'standby_stage', stage)
    end
end

-- A renewal. Also after the lease has expired: it ends only when another writer takes it.
-- A newer fence with the same writer: the reply that gave it this fence was lost.
if held[1] == writer and fence >= own then
    return hold(fence)
end
if own > 0 then
    -- Another writer has held the lease since: a newer fence proves it, even if that writer has released the lease.
    -- An equal fence: this writer itself has released it.
    if fence >= own then
        return {'FENCED', fence, held[4], ''}
    end
    -- Redis has lost the lease of this writer. The writer keeps its fence: the symbols that it opened know that fence.
    if mode == 'ask' then
        return {'ABSENT', fence, '', ''}
    end
    return hold(own)
end

local verdict = 'TAKEN'
if not held[1] then
    verdict = 'ABSENT'
elseif held[1] == '' then
    verdict = 'RELEASED'
elseif now >= tonumber(held[3]) then
    verdict = 'EXPIRED'
end
stand_by()
local is_next = standby[1] == writer
if verdict == 'RELEASED' and not is_next and (RANK[standby[3]] or 0) > RANK.WAITING then
    -- The holder has ended for the sake of a standby that is ready.
    verdict = 'TAKEN'
end
if mode == 'ask' or (mode == 'take' and verdict == 'TAKEN') then
    return {verdict, fence, held[4] or '', is_next and held[5] or ''}
end
-- Newer than the counter, than the last lease and than the clock: Redis may have lost either of the first two.
local next_fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, fence + 1, now)
redis.call('SET', KEYS[2], string.format('%.0f', next_fence))
return hold(next_fence)
