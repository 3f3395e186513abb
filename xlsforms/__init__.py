"""What is asked: the workbooks, and the code that turns a workbook into a form version and its rules."""
