-- Renews or takes the lease of a source. Only the server's clock counts: the clocks of the writers may differ.
-- KEYS: lease, fence
-- ARGV: writer, its fence (0: it has never held the lease), duration of the lease (ms), description of the writer,
--       mode: 'ask' (only renew), 'take' (also take a free lease), 'force' (also take the lease of another writer)
-- Answers: {verdict, fence, description of the holder}; see LeaseVerdict in feed/scripts/__init__.py.
local writer, own, lease_ms, who, mode = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local held = redis.call('HMGET', KEYS[1], 'writer', 'fence', 'until', 'who')
local fence = tonumber(held[2] or '0')

local function hold(with)
    redis.call('HSET', KEYS[1], 'writer', writer, 'fence', string.format('%.0f', with),
        'until', string.format('%.0f', now + lease_ms), 'who', who)
    return {'HELD', with, who}
end

-- A renewal. Also after the lease has expired: it ends only when another writer takes it.
-- own == 0 with the same writer: the reply to its first call was lost.
if held[1] == writer and (own == 0 or fence == own) then
    return hold(fence)
end
if own > 0 then
    -- Another writer has held the lease since: a newer fence proves it, even if that writer has released the lease.
    -- An equal fence: this writer itself has released it.
    if fence >= own then
        return {'FENCED', fence, held[4]}
    end
    -- Redis has lost the lease of this writer. The writer keeps its fence: the symbols that it opened know that fence.
    if mode == 'ask' then
        return {'ABSENT', fence, ''}
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
if mode == 'ask' or (mode == 'take' and verdict == 'TAKEN') then
    return {verdict, fence, held[4] or ''}
end
-- Newer than the counter, than the last lease and than the clock: Redis may have lost either of the first two.
local next_fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, fence + 1, now)
redis.call('SET', KEYS[2], string.format('%.0f', next_fence))
return hold(next_fence)
