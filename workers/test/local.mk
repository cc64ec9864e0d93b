# A module's tests link one object, of which only prong_* can be seen.
testlibdir = $(libdir)
testlib_DATA = libprong-test.a
CLEANFILES += libprong-test.a prong-test.o
libprong-test.a: %D%/libtest.a libworkers.a src/common/libcommon.a
	$(AM_V_AR)$(CC) $(CFLAGS) -nostdlib -r -o prong-test.o \
		-Wl,--whole-archive %D%/libtest.a -Wl,--no-whole-archive \
		-Wl,--start-group libworkers.a src/common/libcommon.a -Wl,--end-group && \
	$(OBJCOPY) -w --keep-global-symbol='prong_*' prong-test.o && \
	rm -f $@ && $(AR) cr $@ prong-test.o
