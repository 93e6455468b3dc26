# What every Windows file of this project has: the C runtime inside, the hardening that the tools know, a version
# resource. docs/windows-build.md explains the choices. Nothing happens here on other systems.
if(NOT WIN32)
    function(iscbridge_version_resource)
    endfunction()
    return()
endif()

enable_language(RC)
option(ISCBRIDGE_SPECTRE "MSVC: /Qspectre, for which Visual Studio's Spectre-mitigated libraries must be installed" OFF)
add_compile_definitions(_WIN32_WINNT=0x0A00)

if(MSVC)
    set(CMAKE_MSVC_RUNTIME_LIBRARY "MultiThreaded$<$<CONFIG:Debug>:Debug>")
    add_compile_options(
        "$<$<COMPILE_LANGUAGE:C,CXX>:/sdl>"
        "$<$<COMPILE_LANGUAGE:C,CXX>:/guard:cf>"
        "$<$<COMPILE_LANGUAGE:C,CXX>:/wd4996>" # the C functions of the standard, which Microsoft calls old
        "$<$<AND:$<BOOL:${ISCBRIDGE_SPECTRE}>,$<COMPILE_LANGUAGE:C,CXX>>:/Qspectre>")
    add_link_options(/guard:cf /DYNAMICBASE /NXCOMPAT /CETCOMPAT)
    if(CMAKE_SIZEOF_VOID_P EQUAL 8)
        add_link_options(/HIGHENTROPYVA)
    else()
        add_link_options(/SAFESEH)
    endif()
else()
    # Neither -fcf-protection nor a mark for shadow stacks: Windows has no use for the former, and this linker can't
    # write the latter.
    add_compile_options(
        "$<$<COMPILE_LANGUAGE:C,CXX>:-fstack-protector-strong>"
        "$<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<NOT:$<CONFIG:Debug>>>:-D_FORTIFY_SOURCE=2>")
    add_link_options(-static -fstack-protector-strong LINKER:--dynamicbase LINKER:--nxcompat LINKER:--no-insert-timestamp)
    if(CMAKE_SIZEOF_VOID_P EQUAL 8)
        add_link_options(LINKER:--high-entropy-va)
    else()
        add_link_options(LINKER:--no-seh) # exceptions go by DWARF tables: no handler to be taken over
    endif()
endif()

# iscbridge_version_resource(<target> <description>): what Windows shows of the file, in its properties.
function(iscbridge_version_resource target description)
    get_target_property(kind ${target} TYPE)
    if(kind STREQUAL "EXECUTABLE")
        set(RESOURCE_KIND VFT_APP)
        set(RESOURCE_FILE "${target}.exe")
    else()
        set(RESOURCE_KIND VFT_DLL)
        set(RESOURCE_FILE "${target}.dll")
    endif()
    set(RESOURCE_NAME "${target}")
    set(RESOURCE_DESCRIPTION "${description}")
    string(REPLACE "." "," RESOURCE_NUMBERS "${ISCBRIDGE_VERSION}.0")
    set(resource "${CMAKE_BINARY_DIR}/resources/${target}.rc")
    configure_file("${ISCBRIDGE_RESOURCE_TEMPLATE}" "${resource}" @ONLY)
    target_sources(${target} PRIVATE "${resource}")
endfunction()
set(ISCBRIDGE_RESOURCE_TEMPLATE "${CMAKE_CURRENT_LIST_DIR}/version.rc.in")
