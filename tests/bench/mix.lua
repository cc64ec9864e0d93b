-- A browser's head, and the sizes that a page is made of: of 100 requests 45
-- for 1 KiB, 40 for 10 KiB, 14 for 100 KiB and one for 1 MiB.
-- SPDX-License-Identifier: MIT
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "browser_head.lua")

local shares = { { 45, "/1k.txt" }, { 40, "/10k.txt" }, { 14, "/100k.txt" },
	{ 1, "/1m.txt" } }
local requests, next_request, step = {}, 0, 37

init = function()
	for _, share in ipairs(shares) do
		local text = wrk.format("GET", share[2])
		for _ = 1, share[1] do
			requests[#requests + 1] = text
		end
	end
end

-- 37 and 100 have no common divisor: all are asked for, well mixed.
request = function()
	next_request = (next_request + step) % #requests
	return requests[next_request + 1]
end
