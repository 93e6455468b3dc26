# ISCBRIDGE_VERSION: three numbers, from the one place where the version stands.
file(READ "${PROJECT_SOURCE_DIR}/iscbridge/version.py" version_text)
if(NOT version_text MATCHES "VERSION = \"([0-9]+)\\.([0-9]+)\\.([0-9]+)")
    message(FATAL_ERROR "iscbridge/version.py holds no version")
endif()
set(ISCBRIDGE_VERSION "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/iscbridge/version.py")
