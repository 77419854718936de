-- Who may write a source: ask, keep, take. By this server's clock, so that no writer's clock matters.
-- KEYS: lease, fence
-- ARGV: writer, its fence (0: it has held nothing yet), time of the lease (ms), who that is (for people),
--       what it may: 'ask' (keep what it holds), 'take' (what nobody holds), 'force' (what another holds)
-- Answers {verdict, fence, who holds or held it}; see feed/scripts/__init__.py.
local writer, own, lease_ms, who, wish = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local held = redis.call('HMGET', KEYS[1], 'writer', 'fence', 'until', 'who')
local fence = tonumber(held[2] or '0')

local function hold(with)
    redis.call('HSET', KEYS[1], 'writer', writer, 'fence', string.format('%.0f', with),
        'until', string.format('%.0f', now + lease_ms), 'who', who)
    return {'HELD', with, who}
end

if held[1] == writer and (own == 0 or fence == own) then
    return hold(fence)
end
if own > 0 then
    if fence >= own then
        return {'FENCED', fence, held[4]}
    end
    if wish == 'ask' then
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
if wish == 'ask' or (wish == 'take' and verdict == 'TAKEN') then
    return {verdict, fence, held[4] or ''}
end
local next_fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, fence + 1, now)
redis.call('SET', KEYS[2], string.format('%.0f', next_fence))
return hold(next_fence)
