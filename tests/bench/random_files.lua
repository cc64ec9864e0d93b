-- One of /many/0 ... /many/N-1 at random with every request; with "zipf" a few
-- of them most of the time (exponent 1): wrk ... URL -- N [zipf]
-- SPDX-License-Identifier: MIT
local random, floor = math.random, math.floor
local count, is_zipf

-- LuaJIT begins with the same numbers each time: the second turn would find
-- in the cache what the first has asked for.
init = function(args)
	count, is_zipf = tonumber(args[1]), args[2] == "zipf"
	math.randomseed(os.time() * 1000 + floor(os.clock() * 1e6) % 1000)
end

-- 7919 is prime: the files that are asked for most are not neighbours.
local function pick()
	if is_zipf then
		return floor(count ^ random()) * 7919 % count
	end
	return random(0, count - 1)
end

request = function()
	return wrk.format("GET", "/many/" .. pick())
end
