-- Stores what a producer sees of its page for a short time, and announces it.
-- KEYS: view
-- ARGV: milliseconds to keep it, PUBLISH or SPUBLISH, channel, announcement, id, view as JSON, picture
-- Answers: 1
redis.call('HSET', KEYS[1], 'id', ARGV[5], 'view', ARGV[6], 'picture', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call(ARGV[2], ARGV[3], ARGV[4])
return 1
