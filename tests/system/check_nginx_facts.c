/*
 * What nginx's own tests say of its static files (range.t, range_if_range.t,
 * not_modified.t, try_files, index.t, autoindex.t, autoindex_format.t, gzip
 * static, rewrite.t, headers.t, disable_symlinks, location, server_name, uri,
 * absolute_redirect), point by point.  A row that has "differs" is what prong
 * does otherwise, and why.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

/* With ' for ", to be read by people. */
static const char conf[] =
	"{'workers': 1, 'listen': ['127.0.0.1:$PORT'],"
	" 'timeouts': {'drain_delay': '0s'}, 'sites': [{'hosts': ['localhost'],"
	"'error_pages': {'404': '/404.html', '405': '/405.html',"
	"  '412': '/412.html'},"
	"'headers': {'set': {'X-Always': 'yes'}}, 'routes': ["
	" {'path': '/t4.html', 'root': '$DIR/www',"
	"  'headers': {'remove': ['Accept-Ranges']}},"
	" {'path': '/t5.html', 'root': '$DIR/www',"
	"  'headers': {'remove': ['Last-Modified']}},"
	" {'path': '/try/*', 'root': '$DIR/www', 'try': ['$path', "
	"'/fallback']},"
	" {'path': '/short/*', 'root': '$DIR/www',"
	"  'try': ['/short', '$path', '=404']},"
	" {'path': '/file-file/*', 'root': '$DIR/www',"
	"  'try': ['/found.html', '=404']},"
	" {'path': '/file-dir/*', 'root': '$DIR/www',"
	"  'try': ['/found.html/', '=404']},"
	" {'path': '/dir-dir/*', 'root': '$DIR/www',"
	"  'try': ['/directory/', '=404']},"
	" {'path': '/dir-file/*', 'root': '$DIR/www',"
	"  'try': ['/directory', '=404']},"
	" {'path': '/**alias-re.html', 'root': '$DIR/www/directory',"
	"  'try': ['/alias-re.html', '=404']},"
	" {'path': '/alias-nested/*', 'root': '$DIR/www'},"
	" {'path': '/alias-nested/**html', 'root': '$DIR/www',"
	"  'try': ['$path', '=404']},"
	" {'path': '/no_index/*', 'root': '$DIR/www', 'index': ['none.html']},"
	" {'path': '/many/*', 'root': '$DIR/www',"
	"  'index': ['none.html', 'many.html']},"
	" {'path': '/list/*', 'root': '$DIR/list', 'listing': true},"
	" {'path': '/json/*', 'root': '$DIR/list', 'listing': 'json'},"
	" {'path': '/off/*', 'root': '$DIR/www', 'precompressed': false,"
	"  'compress': []},"
	" {'path': '/on/*', 'root': '$DIR/www', 'symlinks': 'never'},"
	" {'path': '/try_on/*', 'root': '$DIR/www', 'symlinks': 'never',"
	"  'try': ['$path', '$path.html', '=404']},"
	" {'path': '/rw', 'redirect': 'http://example.com/', 'status': 302},"
	" {'path': '/add', 'redirect': 'http://example.com/?c=d',"
	"  'status': 302},"
	" {'path': '/no', 'redirect': 'http://example.com/?c=d?',"
	"  'status': 302},"
	" {'path': '/static', 'redirect': 'http://example.com/blah%20%3Fblah'},"
	" {'path': '/slash', 'redirect': 'http://example.com/blah%20%2Fblah'},"
	" {'path': '/t3/*', 'redirect': 'http://example.com$path'},"
	" {'path': '/capture/*', 'redirect': '/$1?c=d'},"
	" {'path': '/capturedup/*', 'redirect': '/$1?c=$1'},"
	" {'path': '/return204', 'return': 204},"
	" {'path': '/return200', 'return': 200},"
	" {'path': '/return306', 'return': 506},"
	" {'path': '/return405', 'return': 405},"
	" {'path': '/return200text', 'return': 200, 'text': 'text'},"
	" {'path': '/return404text', 'return': 404, 'text': 'text'},"
	" {'path': '/access/*', 'root': '$DIR/www',"
	"  'cache_control': 'max-age=2048',"
	"  'headers': {'add': {'X-URI': 'set'}}},"
	" {'path': '/tagless/*', 'root': '$DIR/www',"
	"  'headers': {'remove': ['ETag']}},"
	" {'path': '/*', 'root': '$DIR/www'}]},"
	"{'hosts': ['location'], 'routes': ["
	" {'path': '/', 'return': 204,"
	"  'headers': {'set': {'X-Location': 'exactlyroot'}}},"
	" {'path': '/*', 'return': 204,"
	"  'headers': {'set': {'X-Location': 'root'}}},"
	" {'path': '/images/*', 'return': 204,"
	"  'headers': {'set': {'X-Location': 'images'}}},"
	" {'path': '/**.gif', 'return': 204,"
	"  'headers': {'set': {'X-Location': 'pattern'}}},"
	" {'path': '/foo', 'return': 204,"
	"  'headers': {'set': {'X-Location': '/foo exact'}}},"
	" {'path': '/foo**', 'return': 204,"
	"  'headers': {'set': {'X-Location': '/foo prefix'}}},"
	" {'path': '/foo/', 'return': 204,"
	"  'headers': {'set': {'X-Location': '/foo/ exact'}}},"
	" {'path': '/foo/*', 'return': 204,"
	"  'headers': {'set': {'X-Location': '/foo/ prefix'}}},"
	" {'path': '/lowercase**', 'return': 204,"
	"  'headers': {'set': {'X-Location': 'lowercase'}}},"
	" {'path': '/UPPERCASE**', 'return': 204,"
	"  'headers': {'set': {'X-Location': 'uppercase'}}}]},"
	"{'hosts': ['uri'], 'routes': ["
	" {'path': '/*', 'redirect': 'http://x$path', 'status': 302}]},"
	"{'hosts': ['www.example.com', 'many.example.com', 'many2.example.com',"
	"  'dot.example.com', '*.dot.example.com'], 'routes': ["
	" {'path': '/*', 'return': 200, 'text': 'named'}]},"
	"{'hosts': ['*.wc.example.com'], 'routes': ["
	" {'path': '/*', 'return': 200, 'text': '*.wc'}]},"
	"{'hosts': ['*.pref.wc.example.com'], 'routes': ["
	" {'path': '/*', 'return': 200, 'text': '*.pref.wc'}]},"
	"{'hosts': ['wc2.example.*'], 'routes': ["
	" {'path': '/*', 'return': 200, 'text': 'wc2.*'}]},"
	"{'hosts': ['wc2.example.com.*'], 'routes': ["
	" {'path': '/*', 'return': 200, 'text': 'wc2.com.*'}]}]}";

#define UTF8 "\xd1\x84"

// clang-format off
static const struct fact {
	const char *path, *fields; /* "Host: localhost" where it has none */
	int status;
	const char *has, *has_too, *lacks; /* of head and content; or NULL */
	const char *differs;               /* from nginx: why; or NULL */
} facts[] = {
	/* range.t */
	{ "/t1.html", "Range: bytes=0-8", 206, "\r\nContent-Range: bytes 0-8/1000\r\n", "Content-Length: 9\r\n", NULL, NULL },
	{ "/t1.html", "Range: bytes=0-8", 206, "\r\n\r\nX000XXXXX", NULL, NULL, NULL },
	{ "/t1.html", "Range: bytes=-10", 206, "Content-Range: bytes 990-999/1000\r\n", "\r\n\r\nX099XXXXXX", NULL, NULL },
	{ "/t1.html", "Range: bytes=990-", 206, "Content-Range: bytes 990-999/1000\r\n", "\r\n\r\nX099XXXXXX", NULL, NULL },
	{ "/t1.html", "Range: bytes=990-1990", 206, "Content-Range: bytes 990-999/1000\r\n", "Content-Length: 10\r\n", NULL, NULL },
	{ "/t1.html", "Range: bytes=0-9, -10, 10-19", 206, "Content-Type: multipart/byteranges; boundary=", "X000XXXXXXX001XXXXXX\r\n", NULL,
		"ranges that touch are joined: two parts and not three" },
	{ "/t1.html", "Range: bytes=0-9, -10, 20-29", 206, "X000XXXXXX\r\n", "X002XXXXXX\r\n", NULL, NULL },
	{ "/t1.html", "Range: bytes=0-9, -10, 100000-, 20-29", 206, "X099XXXXXX\r\n", "X002XXXXXX\r\n", NULL, NULL },
	{ "/t1.html", "Range: bytes=100000-", 416, "Content-Range: bytes */1000\r\n", NULL, NULL, NULL },
	{ "/t1.html", "Range: bytes=alpha", 200, NULL, NULL, NULL, "RFC 9110 14.2: what is no range is ignored; nginx 416" },
	{ "/t1.html", "Range: bytes=10-alpha", 200, NULL, NULL, NULL, "the same" },
	{ "/t1.html", "Range: bytes=10", 200, NULL, NULL, NULL, "the same" },
	{ "/t1.html", "Range: bytes=10-11 12-", 200, NULL, NULL, NULL, "the same" },
	{ "/t1.html", "Range: bytes=0-10001", 206, "Content-Range: bytes 0-999/1000\r\n", NULL, NULL, NULL },
	{ "/t1.html", "Range: bytes=0-10001, 0-0", 206, "Content-Range: bytes 0-999/1000\r\n", NULL, "multipart", "they are joined, so it costs nothing; nginx 200" },
	{ "/t1.html", "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32", 200, NULL, NULL, "Content-Range", NULL },
	{ "/t4.html", "Range: bytes=0-9", 200, NULL, NULL, "Content-Range", NULL },
	/* range_if_range.t */
	{ "/t1.html", "Range: bytes=0-9\r\nIf-Range: wrong", 200, "Last-Modified: ", NULL, "Content-Range", NULL },
	{ "/t1.html", "Range: bytes=0-9\r\nIf-Range: $DATE", 206, NULL, NULL, NULL, NULL },
	{ "/t5.html", "Range: bytes=0-9\r\nIf-Range: wrong", 200, NULL, NULL, "Last-Modified", NULL },
	{ "/t5.html", "Range: bytes=0-9\r\nIf-Range: $DATE", 200, NULL, NULL, "Content-Range", NULL },
	/* not_modified.t */
	{ "/t", "If-Modified-Since: Wed, 08 Jul 2037 22:53:52 GMT", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-Modified-Since: Tue, 19 Jan 2038 03:14:07 GMT", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-Modified-Since: Tue, 19 Jan 2038 03:14:08 GMT", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-Modified-Since: Fri, 25 Feb 2174 09:42:23 GMT", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-None-Match: $ETAG", 304, "ETag: $ETAG\r\n", NULL, NULL, NULL },
	{ "/t", "If-None-Match: \"foo\"", 200, NULL, NULL, NULL, NULL },
	{ "/t", "If-None-Match: \"foo\", \"bar\", $ETAG , \"baz\"", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-None-Match: *", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-None-Match: W/$ETAG", 304, NULL, NULL, NULL, NULL },
	{ "/t", "If-Match: $ETAG", 200, NULL, NULL, NULL, NULL },
	{ "/t", "If-Match: \"foo\"", 412, NULL, NULL, NULL, NULL },
	{ "/t", "If-Match: \"foo\", \"bar\", \t$ETAG , \"baz\"", 200, NULL, NULL, NULL, NULL },
	{ "/t", "If-Match: *", 200, NULL, NULL, NULL, NULL },
	{ "/t", "If-Match: W/$ETAG", 412, NULL, NULL, NULL, NULL },
	{ "/nx", "If-Match: \"foo\"", 404, NULL, NULL, NULL, NULL },
	{ "/t", "If-Match: tt", 412, "page 412", NULL, NULL, NULL }, /* not_modified_finalize.t */
	/* http_try_files.t */
	{ "/try/found.html", NULL, 200, "SEE THIS", NULL, NULL, NULL },
	{ "/try/notfound", NULL, 200, "the fallback", NULL, NULL, NULL },
	{ "/short/long", NULL, 404, NULL, NULL, NULL, NULL },
	{ "/file-file/", NULL, 200, "SEE THIS", NULL, NULL, NULL },
	{ "/file-dir/", NULL, 404, NULL, NULL, NULL, NULL },
	{ "/dir-dir/", NULL, 404, NULL, NULL, NULL, "a directory counts if it can be shown; nginx redirects to it" },
	{ "/dir-file/", NULL, 404, NULL, NULL, NULL, NULL },
	{ "/alias-re.html", NULL, 200, "SEE THIS", NULL, NULL, NULL },
	{ "/alias-nested/found.html", NULL, 200, "SEE THIS", NULL, NULL, NULL },
	/* index.t */
	{ "/", NULL, 200, "\r\n\r\nindexbody", NULL, NULL, NULL },
	{ "/no_index/", NULL, 403, NULL, NULL, NULL, NULL },
	{ "/many/", NULL, 200, "manybody", NULL, NULL, NULL },
	{ "/not_found/", NULL, 404, NULL, NULL, NULL, NULL },
	{ "/index.html/", NULL, 404, NULL, NULL, NULL, NULL },
	/* autoindex.t */
	{ "/list/", NULL, 200, "href=\"./test-file\"", "href=\"./test-dir/\"", NULL, NULL },
	{ "/list/", NULL, 200, "href=\"./test-file-link\"", "href=\"./test-dir-link/\"", NULL, NULL },
	{ "/list/", NULL, 200, "<h1>", NULL, "absolute-link", "a link with an absolute path is followed by nobody (RESOLVE_BENEATH)" },
	{ "/list/", NULL, 200, "test-colon%3Ablah\"", NULL, "href=\"test-colon:blah\"", NULL },
	{ "/list/", NULL, 200, "test-long-00000000000000000000000000000000000000000000000000</a>", NULL, NULL, "names are shown whole, and wrap; nginx cuts them at 50" },
	{ "/list/", NULL, 200, "./test-escape-url-%25\"", "./test-escape-url2-%3F\"", NULL, NULL },
	{ "/list/", NULL, 200, "test-escape-html-&lt;&gt;&amp;</a>", NULL, "<>", NULL },
	{ "/list/utf8/", NULL, 200, "test-utf8-" UTF8 UTF8 UTF8 "</a>", "test-utf8-&lt;&gt;&amp;-" UTF8 "</a>", NULL, NULL },
	{ "/list/test-dir-escape-%3C%3E%26/", NULL, 200, "<title>/list/test-dir-escape-&lt;&gt;&amp;/</title>", NULL, NULL, NULL },
	/* autoindex_format.t; there is no XML and no JSONP */
	{ "/json/", NULL, 200, "Content-Type: application/json\r\n", "\"name\":\"test-file\",\"href\":\"./test-file\",\"type\":\"file\",\"size\":42,", NULL, NULL },
	{ "/json/", NULL, 200, "\"name\":\"test-file-link\",\"href\":\"./test-file-link\",\"type\":\"file\",\"size\":42,", NULL, NULL, NULL },
	{ "/json/", NULL, 200, "\"name\":\"test-dir\",\"href\":\"./test-dir/\",\"type\":\"directory\",\"modified\":\"20", NULL, NULL, NULL },
	{ "/json/", NULL, 200, "\"name\":\"test-dir-link\",\"href\":\"./test-dir-link/\",\"type\":\"directory\",\"modified\":\"20", NULL, NULL, NULL },
	{ "/json/", NULL, 200, "\"name\":\"test-'-quote\"", "\"name\":\"test-\\\"-double\"", NULL, NULL },
	{ "/json/", NULL, 200, "\"name\":\"test-<>-angle\"", NULL, NULL, NULL },
	{ "/json/utf8/", NULL, 200, "test-utf8-" UTF8 UTF8 UTF8 "\"", NULL, NULL, NULL },
	/* charset_gzip_static.t, gunzip_static.t: sidecars */
	{ "/z.html", NULL, 200, "Content-Type: text/html; charset=utf-8\r\n", "plain z", "Content-Encoding", NULL },
	{ "/z.html", "Accept-Encoding: gzip", 200, "Content-Type: text/html; charset=utf-8\r\n", "gzipped z", NULL, NULL },
	{ "/z.html", "Accept-Encoding: gzip", 200, "Content-Encoding: gzip\r\n", "Vary: Accept-Encoding\r\n", NULL, NULL },
	{ "/z.html", NULL, 200, "Vary: Accept-Encoding\r\n", NULL, NULL, NULL },
	{ "/z.html", "Accept-Encoding: gzip;q=0", 200, "plain z", NULL, "Content-Encoding", NULL },
	{ "/z.html", "Accept-Encoding: gzip\r\nRange: bytes=0-3", 206, "Content-Encoding: gzip\r\n", "\r\n\r\ngzip", NULL, NULL },
	{ "/z.html.gz", NULL, 200, "gzipped z", NULL, "Content-Encoding", NULL },
	{ "/off/z.html", "Accept-Encoding: gzip", 200, "plain z", NULL, "Vary", NULL },
	{ "/t", "Accept-Encoding: gzip", 200, NULL, NULL, "Vary", NULL },
	{ "/only", "Accept-Encoding: gzip", 404, NULL, NULL, NULL, "the file itself must be there, or who takes no coding gets none; nginx's \"always\"" },
	/* rewrite.t, rewrite_unescape.t */
	{ "/rw", NULL, 302, "\r\nLocation: http://example.com/\r\n", NULL, NULL, NULL },
	{ "/rw?a=b", NULL, 302, "\r\nLocation: http://example.com/?a=b\r\n", NULL, NULL, NULL },
	{ "/add", NULL, 302, "\r\nLocation: http://example.com/?c=d\r\n", NULL, NULL, NULL },
	{ "/add?a=b", NULL, 302, "\r\nLocation: http://example.com/?c=d&a=b\r\n", NULL, NULL, NULL },
	{ "/no?a=b", NULL, 302, "\r\nLocation: http://example.com/?c=d\r\n", NULL, NULL, NULL },
	{ "/return204", NULL, 204, NULL, NULL, "Content-Length", NULL },
	{ "/return200", NULL, 200, "Content-Length: 0\r\n", NULL, NULL, NULL },
	{ "/return306", NULL, 506, "HTTP/1.1 506 ", NULL, NULL, "no 300 to 399 without a place to go: 506 is as unknown" },
	{ "/return405", NULL, 405, "page 405", NULL, NULL, NULL },
	{ "/return200text", NULL, 200, "\r\n\r\ntext", NULL, NULL, NULL },
	{ "/return404text", NULL, 404, "\r\n\r\ntext", NULL, NULL, NULL },
	{ "/capture/%25?a=b", NULL, 301, "Location: /%25?c=d&a=b\r\n", NULL, NULL, NULL },
	{ "/capturedup/%25?a=b", NULL, 301, "Location: /%25?c=%25&a=b\r\n", NULL, NULL, NULL },
	{ "/t3/blah%20%3Fblah", NULL, 301, "Location: http://example.com/t3/blah%20%3Fblah\r\n", NULL, NULL, NULL },
	{ "/static", NULL, 301, "Location: http://example.com/blah%20%3Fblah\r\n", NULL, NULL, NULL },
	{ "/static?arg=blah", NULL, 301, "Location: http://example.com/blah%20%3Fblah?arg=blah\r\n", NULL, NULL, NULL },
	{ "/slash", NULL, 301, "Location: http://example.com/blah%20%2Fblah\r\n", NULL, NULL, NULL },
	/* headers.t; "expires" is cache_control here */
	{ "/access/t1.html", NULL, 200, "Cache-Control: max-age=2048\r\n", "X-URI: set\r\n", NULL, NULL },
	{ "/access/t1.html", NULL, 200, "X-Always: yes\r\n", NULL, "Expires", NULL },
	{ "/access/nx", NULL, 404, "X-Always: yes\r\n", NULL, "Cache-Control", NULL },
	{ "/access/nx", NULL, 404, "X-URI: set\r\n", NULL, NULL, "headers are of all answers, as with nginx's \"always\"" },
	{ "/nx", NULL, 404, "page 404", "X-Always: yes\r\n", "ETag", NULL },
	{ "/tagless/t1.html", NULL, 200, "Last-Modified: ", NULL, "ETag", NULL },
	/* http_disable_symlinks.t; nginx says 403 where this says 404 */
	{ "/link", NULL, 200, NULL, NULL, NULL, NULL },
	{ "/on/link", NULL, 404, NULL, NULL, NULL, "404: it does not tell what is there" },
	{ "/try_on/try", NULL, 200, "LOCAL TRY", NULL, NULL, NULL },
	{ "/link2", NULL, 404, NULL, NULL, NULL, "nothing leads out of a root" },
	/* http_location.t */
	{ "/", "Host: location", 204, "X-Location: exactlyroot\r\n", NULL, NULL, NULL },
	{ "/x", "Host: location", 204, "X-Location: root\r\n", NULL, NULL, NULL },
	{ "/images/t.gif", "Host: location", 204, "X-Location: images\r\n", NULL, NULL, NULL },
	{ "/t.gif", "Host: location", 204, "X-Location: pattern\r\n", NULL, NULL, NULL },
	{ "/t.GIF", "Host: location", 204, "X-Location: root\r\n", NULL, NULL, "case counts in a path" },
	{ "/foo", "Host: location", 204, "X-Location: /foo exact\r\n", NULL, NULL, NULL },
	{ "/foobar", "Host: location", 204, "X-Location: /foo prefix\r\n", NULL, NULL, NULL },
	{ "/foo/", "Host: location", 204, "X-Location: /foo/ exact\r\n", NULL, NULL, NULL },
	{ "/foo/bar", "Host: location", 204, "X-Location: /foo/ prefix\r\n", NULL, NULL, NULL },
	{ "/lowercase", "Host: location", 204, "X-Location: lowercase\r\n", NULL, NULL, NULL },
	{ "/UPPERCASE", "Host: location", 204, "X-Location: uppercase\r\n", NULL, NULL, NULL },
	/* http_server_name.t, without regular expressions */
	{ "/", "Host: xxx", 200, "indexbody", NULL, NULL, NULL },
	{ "/", "Host: www.example.com", 200, "\r\n\r\nnamed", NULL, NULL, NULL },
	{ "/", "Host: WWW.EXAMPLE.COM", 200, "\r\n\r\nnamed", NULL, NULL, NULL },
	{ "/", "Host: many2.example.com", 200, "\r\n\r\nnamed", NULL, NULL, NULL },
	{ "/", "Host: www.wc.example.com", 200, "\r\n\r\n*.wc", NULL, NULL, NULL },
	{ "/", "Host: www.pref.wc.example.com", 200, "\r\n\r\n*.pref.wc", NULL, NULL, NULL },
	{ "/", "Host: wc2.example.net", 200, "\r\n\r\nwc2.*", NULL, NULL, NULL },
	{ "/", "Host: wc2.example.com.pref", 200, "\r\n\r\nwc2.com.*", NULL, NULL, NULL },
	{ "/", "Host: www.dot.example.com", 200, "\r\n\r\nnamed", NULL, NULL, NULL },
	{ "/", "Host: dot.example.com", 200, "\r\n\r\nnamed", NULL, NULL, NULL },
	/* http_uri.t, merge_slashes.t */
	{ "/foo/bar%", "Host: uri", 400, NULL, NULL, NULL, NULL },
	{ "/foo/bar%1", "Host: uri", 400, NULL, NULL, NULL, NULL },
	{ "/foo/bar/.?args", "Host: uri", 302, "Location: http://x/foo/bar/?args\r\n", NULL, NULL, NULL },
	{ "/foo/bar/.#frag", "Host: uri", 400, NULL, NULL, NULL, "RFC 9112 3.2.1: no target has a fragment" },
	{ "/foo/bar/..?args", "Host: uri", 302, "Location: http://x/foo/?args\r\n", NULL, NULL, NULL },
	{ "/foo/bar/.", "Host: uri", 302, "Location: http://x/foo/bar/\r\n", NULL, NULL, NULL },
	{ "/foo/bar/..", "Host: uri", 302, "Location: http://x/foo/\r\n", NULL, NULL, NULL },
	{ "http://uri", "Host: uri", 302, "Location: http://x/\r\n", NULL, NULL, NULL },
	{ "http://uri/", "Host: uri", 302, "Location: http://x/\r\n", NULL, NULL, NULL },
	{ "http://uri?args", "Host: uri", 302, "Location: http://x/?args\r\n", NULL, NULL, NULL },
	{ "http://uri:8080?args", "Host: uri:8080", 302, "Location: http://x/?args\r\n", NULL, NULL, NULL },
	{ "/ /", "Host: uri", 400, NULL, NULL, NULL, NULL },
	{ "/\x02", "Host: uri", 400, NULL, NULL, NULL, NULL },
	{ "/%02", "Host: uri", 302, "Location: http://x/%02\r\n", NULL, NULL, NULL },
	{ "/foo//../bar", "Host: uri", 302, "Location: http://x/bar\r\n", NULL, NULL, "slashes are merged first, as nginx does by default" },
	/* http_absolute_redirect.t, "off" */
	{ "/directory", NULL, 301, "Location: /directory/\r\n", NULL, NULL, NULL },
	{ "/alias-nested/directory", NULL, 301, "Location: /alias-nested/directory/\r\n", NULL, NULL, NULL },
	{ "/dir%20sp", NULL, 301, "Location: /dir%20sp/\r\n", NULL, NULL, NULL },
	{ "/dir%20sp?a=b", NULL, 301, "Location: /dir%20sp/?a=b\r\n", NULL, NULL, NULL },
	{ "/auto%20%22%23%25%3C%3E%3F%5C%5E%60%7B%7C%7D", NULL, 301, "Location: /auto%20%22%23%25%3C%3E%3F%5C%5E%60%7B%7C%7D/\r\n", NULL, NULL, NULL },
};
// clang-format on

static struct server s;
static char etag[64], date[64];

static void
make_directory(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
make_link(const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	ck_assert_int_eq(symlink(target, path), 0);
}

static void
make_range_files(void)
{
	char text[1001];

	for (int i = 0; i < 100; i++)
		snprintf(text + i * 10, 11, "X%03dXXXXXX", i);
	server_text(&s, "www/t1.html", text);
	server_text(&s, "www/t4.html", text);
	server_text(&s, "www/t5.html", text);
	server_text(&s, "www/t", "");
}

static void
make_list(void)
{
	char text[43] = "";

	memset(text, 'x', 42);
	server_text(&s, "list/test-file", text);
	make_directory("list/test-dir");
	make_link("list/test-file-link", "test-file");
	make_link("list/test-dir-link", "test-dir");
	make_link("list/absolute-link", "/etc/passwd");
	server_text(&s, "list/test-colon:blah", "");
	server_text(&s,
		"list/test-long-"
		"00000000000000000000000000000000000000000000000000",
		"");
	server_text(&s, "list/test-escape-url-%", "");
	server_text(&s, "list/test-escape-url2-?", "");
	server_text(&s, "list/test-escape-html-<>&", "");
	server_text(&s, "list/test-'-quote", "");
	server_text(&s, "list/test-\"-double", "");
	server_text(&s, "list/test-<>-angle", "");
	server_text(&s, "list/utf8/test-utf8-" UTF8 UTF8 UTF8, "");
	server_text(&s, "list/utf8/test-utf8-<>&-" UTF8, "");
	make_directory("list/test-dir-escape-<>&");
}

/* What was written a moment ago is not yet believed to be whole. */
static void
make_old(const char *name)
{
	const struct timespec times[2] = { { 1000000000, 0 },
		{ 1000000000, 0 } };
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
make_site(void)
{
	server_text(&s, "www/index.html", "indexbody\n");
	server_text(&s, "www/many.html", "manybody\n");
	server_text(&s, "www/404.html", "page 404\n");
	server_text(&s, "www/405.html", "page 405\n");
	server_text(&s, "www/412.html", "page 412\n");
	server_text(&s, "www/fallback", "the fallback\n");
	server_text(&s, "www/found.html", "SEE THIS\n");
	server_text(&s, "www/try.html", "LOCAL TRY\n");
	server_text(&s, "www/directory/alias-re.html", "SEE THIS\n");
	server_text(&s, "www/z.html", "plain z\n");
	server_text(&s, "www/z.html.gz", "gzipped z\n");
	make_old("www/z.html");
	make_old("www/z.html.gz");
	server_text(&s, "www/only.gz", "gzipped\n");
	make_directory("www/dir sp");
	make_directory("www/auto \"#%<>?\\^`{|}");
	make_link("www/link", "t1.html");
	make_link("www/link2", "/etc/passwd");
	make_link("www/try", "found.html");
}

static void
start(void)
{
	char *text = strdup(conf);

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	server_init(&s);
	make_range_files();
	make_list();
	make_site();
	server_start(&s, text);
	free(text);
}

static void
learn(const char *path, const char *field, char *to, size_t size)
{
	struct response r;

	client_fetch(s.port, path, "", &r);
	snprintf(to, size, "%s", response_field(&r, field));
	response_free(&r);
}

/* $ETAG and $DATE in it are what the server said. */
static void
expand(const char *from, char *to, size_t size)
{
	size_t len = 0;

	for (; *from != '\0' && len + 1 < size; from++) {
		const char *word = strncmp(from, "$ETAG", 5) == 0   ? etag
				   : strncmp(from, "$DATE", 5) == 0 ? date
								    : NULL;

		if (word == NULL) {
			to[len++] = *from;
			continue;
		}
		len += (size_t)snprintf(to + len, size - len, "%s", word);
		from += 4;
	}
	to[len] = '\0';
}

static void
assert_fact(const struct fact *fact)
{
	const char *fields = fact->fields == NULL ? "" : fact->fields;
	bool has_host = strncmp(fields, "Host:", 5) == 0;
	char text[1024], sent[1024], wanted[256], whole[32768];
	struct response r;

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n%s%s%s\r\n",
		fact->path, has_host ? "" : "Host: localhost\r\n", fields,
		*fields == '\0' ? "" : "\r\n");
	expand(text, sent, sizeof(sent));
	client_ask(s.port, sent, &r);
	snprintf(whole, sizeof(whole), "%s%s", r.head, r.body);
	ck_assert_msg(r.status == fact->status, "%s\n%s", sent, whole);
	for (int i = 0; i < 2; i++) {
		const char *has = i == 0 ? fact->has : fact->has_too;

		if (has == NULL)
			continue;
		expand(has, wanted, sizeof(wanted));
		ck_assert_msg(strstr(whole, wanted) != NULL, "no %s\n%s\n%s",
			wanted, sent, whole);
	}
	ck_assert_msg(fact->lacks == NULL || strstr(whole, fact->lacks) == NULL,
		"%s\n%s\n%s", fact->lacks, sent, whole);
	response_free(&r);
}

START_TEST(a_fact_of_nginx_holds_or_the_row_says_why_not)
{
	start();
	learn("/t", "ETag", etag, sizeof(etag));
	learn("/t1.html", "Last-Modified", date, sizeof(date));
	for (size_t i = 0; i < ROWS(facts); i++)
		assert_fact(&facts[i]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_fact_of_nginx_holds_or_the_row_says_why_not, 0 },
	};

	return harness_run("nginx_facts", tests, ROWS(tests));
}
