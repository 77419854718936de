-- Finds the first tick that was observed at or after a time.
-- KEYS: stream    ARGV: Unix microseconds    Answers: the id of its entry; false if all ticks are older.
-- Goes from epoch to epoch and bisects inside the right one: there the seqs have no gap, so an id can be computed.
local MAX_SEQ = '18446744073709551615'
local wanted = tonumber(ARGV[1])

local function first_between(from, to)
    return redis.call('XRANGE', KEYS[1], from, to, 'COUNT', 1)[1]
end

local function observed(entry)
    return tonumber(cjson.decode(entry[2][2]).observed_us)
end

local function seq_of(entry)
    return tonumber(string.match(entry[1], '-(%d+)$'))
end

local start = first_between('-', '+')
while start do
    local epoch = string.match(start[1], '^(%d+)-')
    local newest = redis.call('XREVRANGE', KEYS[1], epoch .. '-' .. MAX_SEQ, epoch .. '-0', 'COUNT', 1)[1]
    if observed(newest) >= wanted then
        local low, high = seq_of(start), seq_of(newest)
        while low < high do
            local middle = math.floor((low + high) / 2)
            local entry = first_between(string.format('%s-%.0f', epoch, middle), '+')
            if observed(entry) >= wanted then
                high = middle
            else
                low = middle + 1
            end
        end
        return string.format('%s-%.0f', epoch, low)
    end
    start = first_between('(' .. newest[1], '+')
end
return false
