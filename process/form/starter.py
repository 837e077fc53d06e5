"""The small whole form with which a new one begins: the first example of docs/processes.md."""

from __future__ import annotations

STARTER = """\
name: library-check            # 标识：小写英文、数字和连字符；不与自带事项同名
version: 1                     # 发布后不可更改；要改，就改成2再安装
title: 学校图书馆检查
source: 市政府教育督导室工作安排  # 依据
subjects: 区县                 # 对象：区县、学校、幼儿园、职业院校、高等学校……
launch_letter: 工作通知        # 启动时签发：督导通知（属于督导的），或工作通知

stages:
  - key: report                # 环节的标识：小写英文、数字和下划线
    title: 报送
    owner: 区县                # 由谁办：区县（即督导对象自己）、督导协调员、督导室负责人、督学
    period: 10个工作日
    asks: 请报送图书馆检查表。   # 通知里照录的话
    deliverables: [检查表]
    outcomes:
      - {key: submitted, title: 报送, to: review}

  - key: review
    title: 审查
    owner: 督导协调员
    period: 5个工作日
    asks: 请审查检查表。
    outcomes:
      - {key: accepted, title: 通过, closes_as: 办结销号, notice: 报送通过}
      - {key: returned, title: 退回补正, to: report, again: true, notice: 退回补正}
"""
