-- Finds the commands that the user of this connection may not run. Runs none of them.
-- ARGV: for each command the number of its words, and its words
-- Answers: the numbers of the refused commands, from 1
local refused = {}
local at, number = 1, 0
while at <= #ARGV do
    local words = tonumber(ARGV[at])
    number = number + 1
    -- An error: the server has no such command, or has renamed it.
    local known, allowed = pcall(redis.acl_check_cmd, unpack(ARGV, at + 1, at + words))
    if not (known and allowed) then
        refused[#refused + 1] = number
    end
    at = at + words + 1
end
return refused
