-- Stores what a producer sees of its page for a short time, and announces it.
-- KEYS: view
-- ARGV: milliseconds to keep it, channel, announcement, id, view as JSON, picture
-- Answers: 1
redis.call('HSET', KEYS[1], 'id', ARGV[4], 'view', ARGV[5], 'picture', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
