-- Give up a source's lease, if it is this writer's. Its fence stays: who held an older one is replaced for good.
-- KEYS: lease    ARGV: writer    Answers 1 if it was given up.
if redis.call('HGET', KEYS[1], 'writer') ~= ARGV[1] then
    return 0
end
redis.call('HSET', KEYS[1], 'writer', '', 'until', '0')
return 1
