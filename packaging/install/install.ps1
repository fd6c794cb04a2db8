<#
.SYNOPSIS
Installs Tokligence, an LLM gateway in one executable, on Windows with PowerShell 5.1 or later:

    irm https://github.com/tokligence/gateway/releases/latest/download/install.ps1 | iex

.DESCRIPTION
It downloads the archive of this machine, checks it against checksums.txt, and those against their signature where cosign is
installed, and puts one file, tokligence.exe, into TOKLIGENCE_INSTALL_DIR, else %LOCALAPPDATA%\Programs\tokligence, and that
folder on the PATH of this user. It asks for no rights that it was not started with.

    $env:TOKLIGENCE_VERSION = '1.2.3'    another version than the latest
    $env:TOKLIGENCE_RELEASES = 'URL'     a mirror of https://github.com/tokligence/gateway/releases
#>

# It takes no arguments: whoever gives one asked for something else.
[CmdletBinding()]
param()

# In braces, so that no name of it stays in the session, and that a script which was cut off does nothing.
& {
    function Get-TokligencePlatform {
        # A translated PowerShell is told of the processor that it is translated for; the registry knows that of the machine.
        $key = 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
        $processor = (Get-ItemProperty -Path $key -Name PROCESSOR_ARCHITECTURE).PROCESSOR_ARCHITECTURE
        switch ($processor) {
            'AMD64' { return 'windows_amd64' }
            'ARM64' { return 'windows_arm64' }
            default { throw "there is no executable for Windows on $processor." }
        }
    }

    function Save-TokligenceFile([string] $Address, [string] $Path) {
        try {
            Invoke-WebRequest -Uri $Address -OutFile $Path -UseBasicParsing
        } catch {
            throw "cannot download ${Address}: $($_.Exception.Message)"
        }
    }

    # Who signs checksums.txt is the workflow that made the release, at its tag. Without cosign the connection vouches for it.
    function Test-TokligenceSignature([string] $Checksums, [string] $Source, [string] $Version) {
        if (-not (Get-Command cosign -ErrorAction SilentlyContinue)) { return }
        $bundle = "$Checksums.sigstore.json"
        Save-TokligenceFile "$Source/checksums.txt.sigstore.json" $bundle
        $identity = "https://github.com/tokligence/gateway/.github/workflows/release.yml@refs/tags/v$Version"
        $issuer = 'https://token.actions.githubusercontent.com'
        # What a program writes as an error would end this script in Windows PowerShell.
        $ErrorActionPreference = 'Continue'
        $said = & cosign verify-blob --new-bundle-format --bundle $bundle --certificate-identity $identity --certificate-oidc-issuer $issuer $Checksums 2>&1
        if ($LASTEXITCODE -ne 0) {
            throw "cosign does not accept the signature of checksums.txt, nothing was installed. It says: $($said | Select-Object -First 1)"
        }
        Write-Host 'The signature of checksums.txt is right.'
    }

    # The new one runs before the old one goes.
    function Test-TokligenceExecutable([string] $Path, [string] $Version) {
        $ErrorActionPreference = 'Continue'
        $said = [string] (& $Path version 2>&1 | Select-Object -First 1)
        if ($said -ne "tokligence $Version") {
            throw "the new executable does not run here, nothing was installed. It says: $said"
        }
    }

    # Windows lets nobody overwrite a program that runs, but rename it.
    function Move-TokligenceExecutable([string] $From, [string] $To) {
        $old = "$To.old"
        if (Test-Path -LiteralPath $old) { Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue }
        if (Test-Path -LiteralPath $old) { $old = "$To.$([guid]::NewGuid().ToString('N')).old" }
        $hadOne = Test-Path -LiteralPath $To
        if ($hadOne) { Move-Item -LiteralPath $To $old }
        try {
            Move-Item -LiteralPath $From $To
        } catch {
            if ($hadOne) { Move-Item -LiteralPath $old $To }
            throw
        }
        if ($hadOne) {
            Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue
            Write-Host 'It replaced the one that was there; a gateway that runs is still that one until it is started again.'
        }
    }

    function Add-TokligencePath([string] $Folder) {
        $key = Get-Item 'HKCU:\Environment'
        # As it is written, with its variables.
        $path = [string] $key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
        if (($path -split ';') -notcontains $Folder) {
            $longer = (@($path.TrimEnd(';'), $Folder) | Where-Object { $_ -ne '' }) -join ';'
            Set-ItemProperty -Path 'HKCU:\Environment' -Name Path -Value $longer -Type ExpandString
            # Setting any variable this way tells running programs that variables have changed.
            [Environment]::SetEnvironmentVariable('TOKLIGENCE_INSTALLER', $null, 'User')
            Write-Host "$Folder is on your PATH now: in every new terminal, and in this one."
        }
        if (($env:Path -split ';') -notcontains $Folder) { $env:Path = "$env:Path;$Folder" }
    }

    function Install-Tokligence {
        $ErrorActionPreference = 'Stop'
        # A progress bar makes downloads of Windows PowerShell many times slower.
        $ProgressPreference = 'SilentlyContinue'
        if ($PSVersionTable.PSVersion -lt [version] '5.1') { throw 'PowerShell 5.1 or later is needed.' }
        [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
        $platform = Get-TokligencePlatform

        $releases = if ($env:TOKLIGENCE_RELEASES) { $env:TOKLIGENCE_RELEASES.TrimEnd('/') } else { 'https://github.com/tokligence/gateway/releases' }
        # Plain HTTP is for this machine alone; what stands before an @ is no machine.
        if ($releases -notmatch '^(https://|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$))') {
            throw "TOKLIGENCE_RELEASES is not an https:// address: $releases"
        }
        $wanted = if ($env:TOKLIGENCE_VERSION) { $env:TOKLIGENCE_VERSION -replace '^v', '' } else { 'latest' }
        $folder = if ($env:TOKLIGENCE_INSTALL_DIR) { $env:TOKLIGENCE_INSTALL_DIR } else { Join-Path $env:LOCALAPPDATA 'Programs\tokligence' }
        $folder = (New-Item -ItemType Directory -Force -Path $folder).FullName
        $scratch = (New-Item -ItemType Directory -Path (Join-Path $folder ".tokligence.$([guid]::NewGuid().ToString('N'))")).FullName
        try {
            $source = if ($wanted -eq 'latest') { "$releases/latest/download" } else { "$releases/download/v$wanted" }
            $checksums = Join-Path $scratch 'checksums.txt'
            Save-TokligenceFile "$source/checksums.txt" $checksums
            $line = Select-String -LiteralPath $checksums -CaseSensitive -Pattern "^([0-9a-f]{64})  (tokligence_([0-9][^ /\\]*)_$platform\.zip)$" | Select-Object -First 1
            if (-not $line) { throw "$source has no archive for $platform." }
            $groups = $line.Matches[0].Groups
            $expected, $archive, $version = $groups[1].Value, $groups[2].Value, $groups[3].Value
            if ($wanted -ne 'latest' -and $wanted -ne $version) { throw "$source is of version $version." }
            # What is the latest may change in between.
            $source = "$releases/download/v$version"
            Test-TokligenceSignature $checksums $source $version
            Write-Host "Downloading $source/$archive"
            $packed = Join-Path $scratch $archive
            Save-TokligenceFile "$source/$archive" $packed
            if ((Get-FileHash -Algorithm SHA256 -LiteralPath $packed).Hash -ne $expected) {
                throw "the checksum of $archive is wrong: nothing was installed."
            }
            Expand-Archive -LiteralPath $packed -DestinationPath $scratch
            $new = Join-Path $scratch "tokligence_${version}_$platform\tokligence.exe"
            Test-TokligenceExecutable $new $version
            Move-TokligenceExecutable $new (Join-Path $folder 'tokligence.exe')
            Write-Host "Tokligence $version is installed as $folder\tokligence.exe. To remove it: Remove-Item '$folder\tokligence.exe'"
            Add-TokligencePath $folder
            Write-Host 'Start it with: tokligence serve'
        } finally {
            Remove-Item -Recurse -Force -LiteralPath $scratch -ErrorAction SilentlyContinue
        }
    }

    Install-Tokligence
}
