-- The 700 bytes of head that a browser's request has behind a balancer.
-- SPDX-License-Identifier: MIT
wrk.headers["Host"] = "www.example.com"
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) " ..
	"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
wrk.headers["Accept"] = "text/html,application/xhtml+xml," ..
	"application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
wrk.headers["Accept-Language"] = "en-GB,en;q=0.9,de;q=0.8"
wrk.headers["Accept-Encoding"] = "identity"
wrk.headers["X-Forwarded-For"] = "203.0.113.7"
wrk.headers["X-Forwarded-Proto"] = "https"
wrk.headers["X-Request-Id"] = "5d2f8c1e-9a47-4b63-8e0d-7c1f2a3b4c5d"
wrk.headers["Cookie"] = "session=1f0e9d8c7b6a5948372615049382716f; " ..
	"theme=light; seen=1790000000.0987654321"
wrk.headers["Upgrade-Insecure-Requests"] = "1"
