-- Asks another host than the address tells: -- NAME
-- SPDX-License-Identifier: MIT
local request_text

function init(args)
	wrk.headers["Host"] = args[1]
	request_text = wrk.format("GET")
end

function request()
	return request_text
end
