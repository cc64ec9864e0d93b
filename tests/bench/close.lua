-- A connection for every request.
-- SPDX-License-Identifier: MIT
wrk.headers["Connection"] = "close"
