-- Releases the lease of a source, if this writer holds it.
-- KEYS: lease    ARGV: writer    Answers: 1 if the lease was released, else 0.
-- The fence stays in the lease: writers with an older fence stay shut out.
if redis.call('HGET', KEYS[1], 'writer') ~= ARGV[1] then
    return 0
end
redis.call('HSET', KEYS[1], 'writer', '', 'until', '0')
return 1
