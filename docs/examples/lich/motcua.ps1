# C:\motcua\motcua.ps1: lập báo cáo của tháng hiện tại. Đổi C:\motcua thành nơi đặt mã nguồn.
$ErrorActionPreference = 'Stop'
Set-Location 'C:\motcua'
$month = Get-Date -Format 'yyyy-MM'
& .venv\Scripts\motcua.exe run $month --data data\raw *>> outputs\motcua.log
exit $LASTEXITCODE
