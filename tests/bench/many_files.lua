-- Another of /many/0 ... /many/N-1 with every request: wrk ... URL -- N
-- SPDX-License-Identifier: MIT
local count
local at = 0

init = function(args)
	count = tonumber(args[1])
end

-- 7919 is prime: the order is not that of the directory.
request = function()
	at = (at + 7919) % count
	return wrk.format("GET", "/many/" .. at)
end
