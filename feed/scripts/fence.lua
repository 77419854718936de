-- Takes the next fencing token ("fence").
-- KEYS: fence    ARGV: now (Unix ms)    Answers: the fence.
-- At least the current time: if Redis lost the counter, the next fence is still newer than all before.
local fence = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', fence))
return fence
