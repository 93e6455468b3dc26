# Cross build for 64-bit Windows on Debian (package g++-mingw-w64-x86-64-posix): preset mingw-x64, or
#
#   cmake -S . -B build/windows -G Ninja -DCMAKE_TOOLCHAIN_FILE=native/cmake/mingw-w64.cmake
#
# The posix flavour of the compiler has std::thread.
if(NOT DEFINED ISCBRIDGE_MINGW)
    set(ISCBRIDGE_MINGW x86_64-w64-mingw32)
    set(CMAKE_SYSTEM_PROCESSOR x86_64)
endif()
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_C_COMPILER ${ISCBRIDGE_MINGW}-gcc-posix)
set(CMAKE_CXX_COMPILER ${ISCBRIDGE_MINGW}-g++-posix)
set(CMAKE_RC_COMPILER ${ISCBRIDGE_MINGW}-windres)
set(CMAKE_FIND_ROOT_PATH /usr/${ISCBRIDGE_MINGW})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
