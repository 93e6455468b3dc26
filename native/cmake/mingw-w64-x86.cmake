# Cross build for 32-bit Windows on Debian (package g++-mingw-w64-i686-posix): preset mingw-x86. For 32-bit hosts; the
# bridge itself is 64-bit only.
set(ISCBRIDGE_MINGW i686-w64-mingw32)
set(CMAKE_SYSTEM_PROCESSOR x86)
include("${CMAKE_CURRENT_LIST_DIR}/mingw-w64.cmake")
