-- Take the next fence. It also rises with the clock, so that a counter that Redis lost does not hand out an old one.
-- KEYS: fence    ARGV: now (Unix ms)    Answers the fence.
local fence = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', fence))
return fence
