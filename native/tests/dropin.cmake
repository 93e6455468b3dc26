# The drop-in face: as hosts use it (linked, or loaded at run time in C++11), and its parts.

# The guide's own #include lines have backslashes. Where the compiler does not take them for separators, files whose
# names hold them do.
set(guide_names "${CMAKE_CURRENT_BINARY_DIR}/guide_names")
if(CMAKE_HOST_UNIX)
    file(MAKE_DIRECTORY "${guide_names}")
    foreach(header interface/SdkInvoker.h sdk/IscdeskSdkIdl.h)
        string(REPLACE "/" "\\" name "IscdeskApi/Sdk/Include/${header}")
        file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/guide_name.h" "#include \"${header}\"\n")
        # CMake's own commands would make folders of it.
        execute_process(COMMAND cp "${CMAKE_CURRENT_BINARY_DIR}/guide_name.h" "${guide_names}/${name}"
            COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
endif()

foreach(name dropin_test dropin_host_test dropin_guide_test dropin_parts_test)
    add_executable(${name} ${name}.cpp)
    target_link_libraries(${name} PRIVATE iscbridge::dropin bridge_server)
    iscbridge_test_program(${name})
    iscbridge_add_test(${name})
endforeach()
target_include_directories(dropin_guide_test PRIVATE "${guide_names}")
target_compile_definitions(dropin_guide_test PRIVATE ISCBRIDGE_GUIDE_PATHS)

# Nothing but the headers is given to the compiler, and the library by its path to the program.
add_executable(dropin_load_test dropin_load_test.cpp)
set_target_properties(dropin_load_test PROPERTIES CXX_STANDARD 11)
target_include_directories(dropin_load_test PRIVATE ../dropin/include ../include)
add_dependencies(dropin_load_test iscbridge_client)
iscbridge_test_program(dropin_load_test)
iscbridge_add_test(dropin_load_test $<TARGET_FILE:iscbridge_client>)
